"""The gate: what a challenger must show, on the same later moments as the champion, before it serves.

`comparison` finds what can be judged fairly, `checks` hold it against the limits of the settings, `impact` tells whose score would change,
and `verdict` puts them together into a verdict. `decision` is what was made of it, and how it is kept. Nothing here changes what serves; `training.rounds.promote` does.
"""
