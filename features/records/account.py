"""Which leads belong together: an account by the name of a company, the domain of an address, or of a web page."""

import re
import unicodedata

_DOMAINS = """
126.com 163.com aim.com arcor.de att.net bellsouth.net bigpond.com bluewin.ch btinternet.com bol.com.br charter.net comcast.net
cox.net duck.com earthlink.net email.com email.cz facebook.com fastmail.com foxmail.com free.fr freenet.de gmail.com googlemail.com
hey.com home.nl hushmail.com icloud.com inbox.com inbox.lv interia.pl iinet.net.au juno.com kabelmail.de laposte.net libero.it live.com
mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com neuf.fr ntlworld.com o2.pl onet.pl op.pl optonline.net
orange.fr outlook.com pm.me posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com
rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be sohu.com sympatico.ca t-online.de
talktalk.net telenet.be terra.com.br tiscali.it tuta.io tutanota.com uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr
web.de wp.pl xs4all.nl xtra.co.nz yeah.net ymail.com ziggo.nl zoho.com
"""
FREE_MAIL = frozenset(_DOMAINS.split())
"""Domains at which anybody has an address: who shares one shares nothing else."""
FREE_MAIL_NAMES = frozenset({"gmx", "hotmail", "live", "outlook", "yahoo", "yandex", "aol"})
"""Of these, under whatever ending: yahoo.co.uk, hotmail.fr."""

_WEB = re.compile(r"^(?:https?://)?(?:www\.)?([^\s/:?#]+\.[^\s/:?#]+)(?:[/:?#].*)?$")
LONGEST = 300
"""Characters that are looked at: no name is longer, and what is sent may have any length."""


def account_of(text: str) -> str | None:
    """Return by what the leads of one account are the same; None where the text names none.

    A name counts whatever its case and blanks; of an address it is the domain, unless anybody can have an address there; of a web page the site.

    Examples
    --------
    >>> account_of("  ACME  Steel "), account_of("Jo@Mail.Acme.com"), account_of("https://www.acme.com/en?x=1")
    ('acme steel', 'mail.acme.com', 'acme.com')
    >>> account_of("jo@gmail.com"), account_of("jo@yahoo.co.uk"), account_of(" - ")
    (None, None, None)
    """
    name = " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).casefold().split())
    before, at, domain = name.rpartition("@")
    domain = domain.strip(".>)\"' ")
    if at and before and "." in domain and " " not in domain:
        return None if domain in FREE_MAIL or domain.split(".")[0] in FREE_MAIL_NAMES else domain
    if site := _WEB.match(name):
        name = site[1]
    return name if any(map(str.isalnum, name)) else None
