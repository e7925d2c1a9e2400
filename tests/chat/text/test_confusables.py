"""Names that look the same to a reader, and names that the rule must not take for each other."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.rooms.presence import People
from chat.text.confusables import skeletons
from chat.text.names import BadName, clean_username
from tests.support.effort import Tally

CONFUSABLE = {
    "ada": ["Ada", "ADA", "ａｄａ", "𝓪𝓭𝓪", "аda", "аdа", "ad\u200ca", "ad\u200da", "ada\u3164", "ada\uffa0"]
    + ["ada\u2800", "ad\u034fa", "ada\ufe0f", "ad\u17b4a", "ada\U000e0100", "ɑda", "αda", "AԀA"],
    "admin": ["аdmin", "admіn", "adrnin", "AdmIn", "ADMIN", "ADMІN", "АDMIN", "аdmіn", "adm\u0131n", "𝐚𝐝𝐦𝐢𝐧"],
    "Paul": ["paul", "PauI", "Pau1", "Pau|", "Ρaul", "Рaul", "PAUL", "PauӀ"],
    "bob": ["b0b", "BOB", "ВОВ", "Ьоb", "bοb", "boƄ"],
    "Вова": ["вова", "Boʙa", "BОВА", "ВOВA"],
    "straße": ["strasse", "STRASSE", "Strаße"],
    "guest-1": ["guest-l", "guest-I", "guest–1", "guest‐1"],
    "O'Neil": ["O`Neil", "О'Neil", "0'Neil", "O’Neil"],
    "日本": ["⽇本"],
}
DISTINCT = [
    ["ada", "adá", "ada-2", "adda", "a da", "ad", "dada", "ida", "eda"],
    ["ali", "all", "alf", "al", "lia"],
    ["ivan", "inan", "iwan", "yvan", "ian", "juan"],
    ["guest-10", "guest-11", "guest-100", "guest-2", "guest"],
    ["marc", "mark", "marco", "mara", "maria", "mario"],
    ["日本", "日木", "日", "本"],
    ["саша", "паша", "маша", "даша", "миша"],
    ["نور", "نورا", "علی", "علیا"],
    ["😀", "😁", "👩\u200d🚀", "👨\u200d🚀"],
]


@pytest.mark.promise
@pytest.mark.parametrize(
    ("name", "confusable"), [(name, confusable) for name in CONFUSABLE for confusable in CONFUSABLE[name]], ids=ascii
)
def test_a_name_confusable_with_that_of_a_present_member_gets_a_number(
    name: str, confusable: str, tally: Tally
) -> None:
    people = People()
    people.arrive("a", name)
    assert people.arrive("b", confusable).username == f"{confusable}-2"
    tally("confusable names")


@pytest.mark.parametrize("names", DISTINCT, ids=ascii)
def test_distinct_names_share_no_skeleton(names: list[str]) -> None:
    for one, other in combinations(names, 2):
        assert not skeletons(one) & skeletons(other), (one, other)


@given(st.text(max_size=40))
def test_every_valid_username_has_a_nonempty_skeleton_independent_of_case(text: str) -> None:
    try:
        name = clean_username(text)
    except BadName:
        return
    assert "" not in skeletons(name)
    assert skeletons(name) & skeletons(name.upper())
    assert skeletons(name) & skeletons(name.casefold())
