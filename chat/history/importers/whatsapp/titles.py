"""The name of a chat in the name of its file: `WhatsApp Chat with Garden` is of Garden, in the languages of phones.

A chat of two people has the name of one of them. Nothing else tells it from a group, but news of a group.
"""

import re
from collections.abc import Collection
from unicodedata import normalize

# As Android writes them; the star is the name.
_file_names = """
whatsapp chat with *|whatsapp chat - *|whatsapp gesprek met *|دردشة واتساب مع *|محادثة واتساب مع *
* ilə whatsapp söhbəti|whatsapp чат с *|* এর সাথে whatsapp চ্যাট|xat de whatsapp amb *
chat whatsapp s uživatelem *|whatsapp chat s *|whatsapp chat med *|whatsapp-chat med *
whatsapp chat mit *|whatsapp-chat mit *|συνομιλία whatsapp με *|chat de whatsapp con el grupo *
chat de whatsapp con *|whatsapp'i vestlus kontaktiga *|گفتگوی whatsapp با *
whatsapp-keskustelu henkilön * kanssa|whatsapp-keskustelu: *|discussion whatsapp avec *
* સાથેની whatsapp વાત|צ'אט whatsapp עם *|* के साथ whatsapp चैट|whatsapp razgovor s *
whatsapp csevegés vele: *|chat whatsapp dengan *|chat whatsapp con *|*とのwhatsappチャット|whatsapp чат: *
* ಜೊತೆ whatsapp ಸಂಭಾಷಣೆ|*님과의 whatsapp 대화|whatsapp pokalbis su *|whatsapp sarakste ar *
whatsapp разговор со *|* മായുള്ള whatsapp ചാറ്റുകൾ|* सोबतच्या whatsapp गप्पा
sembang whatsapp dengan *|whatsapp-samtale med *|whatsapp-chat met *|whatsapp chat met *
* ਨਾਲ whatsapp ਗੱਲਬਾਤ|czat whatsapp z użytkownikiem *|czat whatsapp z *|conversa no whatsapp com *
conversa do whatsapp com *|conversație whatsapp cu *|чат whatsapp с контактом *|чат whatsapp с *
whatsapp chat s používateľom *|whatsapp klepet z *|biseda me * në whatsapp|whatsapp ћаскање са *
whatsapp-chatt med *|soga za whatsapp na *|* உடன் whatsapp உரையாடல்|* తో whatsapp సంభాషణ
แชท whatsapp กับ *|whatsapp chat kay *|* ile whatsapp sohbeti|whatsapp sohbeti - *
бесіда whatsapp з *|* کے ساتھ whatsapp بات چیت|* bilan whatsapp chati|trò chuyện whatsapp với *
whatsapp 与 * 的对话|whatsapp 與 * 的對話|与*的 whatsapp 聊天|與*的 whatsapp 對話
"""
_other = re.compile(r"whatsapp[- ]\w+ [-–] (?P<name>.+)", re.I)  # such as "WhatsApp-Chat - Garden"
_copy = re.compile(r" ?[(]\d{1,2}[)]$")  # of a file that was downloaded twice
_around = sorted((name.split("*") for name in re.split(r"[|\n]", _file_names.strip())), key=lambda pair: -len(pair[0]))


def chat_name(file_name: str, talkers: Collection[str] = ()) -> str:
    """The name of the chat. Of a file in a language that is not known, the only one of two people whom it names."""
    found = known_name(file_name)
    if not found:
        name = file_name.strip()
        is_small = len(talkers) <= 2 and "whatsapp" in name.lower()
        named = [talker for talker in talkers if _names(name, talker)] if is_small else []
        return named[0] if len(named) == 1 else name
    original = _copy.sub("", found)
    forms = {_folded(found), _folded(original)}
    return next((talker for talker in talkers if _folded(talker) in forms), original)


def known_name(file_name: str) -> str:
    """The name of the chat, "" if the file has no name that WhatsApp gives."""
    name = file_name.strip()
    folded = name.lower()
    for before, behind in _around:
        if folded.startswith(before) and folded.endswith(behind) and len(name) > len(before) + len(behind):
            return name[len(before) : len(name) - len(behind)].strip()
    other = _other.fullmatch(name)
    return other["name"].strip() if other else ""


def is_direct(title: str, talkers: Collection[str], *, says_group: bool) -> bool:
    """Whether a chat is one of two people, or has to be taken for it: what is not known to be a group is private.

    `title`: "" if it is not known what WhatsApp calls the chat. `says_group`: news of it tell that it is a group.
    """
    if len(talkers) > 2 or title in talkers:
        return len(talkers) <= 2
    is_of_one = len(talkers) < 2 or not title or any(_names(title, talker) for talker in talkers)
    return is_of_one and not says_group


def _folded(name: str) -> str:
    """What is left of a name in the name of a file: letters and digits, composed or not."""
    return "".join(filter(str.isalnum, normalize("NFKD", name).casefold()))


def _names(file_name: str, talker: str) -> bool:
    """Whether a file is named after somebody: "Bo" is not in "Bobby", but scripts without spaces have no such edges."""
    at = file_name.find(talker)
    if at < 0 or not talker:
        return False
    edges = ((file_name[at - 1 : at], talker[0]), (file_name[at + len(talker) :][:1], talker[-1]))
    return not any(_is_cased(outer) and _is_cased(inner) for outer, inner in edges)


def _is_cased(letter: str) -> bool:
    return letter.lower() != letter.upper()
