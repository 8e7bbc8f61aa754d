"""From moments to samples: which leads are learned from, as of when, with which labels and weights."""
