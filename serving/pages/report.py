"""The report of a training as a page of the service: what its file holds inline is put into a style sheet of its own."""

import re

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
INLINE = re.compile(r' style="([^"<>]*)"')


def hoisted(html: str, sheet: str) -> tuple[str, str]:
    r"""Return a report without inline styles, which links to a style sheet, and that style sheet.

    The pages of the service forbid the browser everything inline, and the report, being one file, has nothing else.

    Examples
    --------
    >>> hoisted('<style>b {}</style><i style="width: 3%"></i><i style="width: 3%"></i>', "r.css")
    ('<link rel="stylesheet" href="r.css"><i data-s="0"></i><i data-s="0"></i>', 'b {}\n[data-s="0"] { width: 3% }\n')
    """
    rules: dict[str, int] = {}
    sheets = [found.group(1) for found in STYLE.finditer(html)]
    linked = STYLE.sub(f'<link rel="stylesheet" href="{sheet}">', html)
    linked = INLINE.sub(lambda found: f' data-s="{rules.setdefault(found.group(1), len(rules))}"', linked)
    css = "\n".join([*sheets, *(f'[data-s="{number}"] {{ {rule} }}' for rule, number in rules.items())])
    return linked, f"{css}\n"
