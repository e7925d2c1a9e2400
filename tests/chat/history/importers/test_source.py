"""chat/history/importers/source.py and containers.py"""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from chat.history.importers import containers
from chat.history.importers.source import BadSource, Source

FILES = {"users.json": b"[]", "general/2024-01-02.json": b"[1]", "__MACOSX/x": b"", "general/.DS_Store": b""}


def folder(path: Path) -> Path:
    for name, content in FILES.items():
        (path / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (path / "export" / name).write_bytes(content)
    return path / "export"


def zipped(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path / "export.zip"


def tarred(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with tarfile.open(path / "export.tar.gz", "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path / "export.tar.gz"


@pytest.mark.parametrize("make", [folder, zipped, tarred])
def test_a_folder_a_zip_and_a_tar_are_read_the_same_way(make, tmp_path) -> None:
    with Source(make(tmp_path)) as source:
        assert source.names() == ["general/2024-01-02.json", "users.json"]
        assert source.head("users.json") == b"[]"
        with source.open("general/2024-01-02.json") as file:
            assert file.read() == b"[1]"
        assert source.size("users.json") == 2
        assert source.single is None
        assert source.refused == {}
        assert source.path("users.json").read_bytes() == b"[]"


def test_a_single_file_knows_that_it_is_one(tmp_path) -> None:
    (tmp_path / "chat.sqlite3").write_bytes(b"main")
    (tmp_path / "chat.sqlite3-wal").write_bytes(b"log")
    with Source(tmp_path / "chat.sqlite3") as source:
        assert source.single == "chat.sqlite3"
        copy = source.path("chat.sqlite3")
        assert copy != tmp_path / "chat.sqlite3"
        assert copy.with_name("chat.sqlite3-wal").read_bytes() == b"log"
    assert not copy.exists()


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", ["../x-mark.json", "a/../../x-mark.json"])
def test_names_that_lead_out_of_an_archive_are_refused(make, name, tmp_path) -> None:
    with Source(make(tmp_path, {name: b"x", "ok.json": b"x"})) as source:
        assert source.names() == ["ok.json"]
        assert [".." in why for why in source.refused.values()] == [True]


@pytest.mark.parametrize("name", ["/x-mark.json", "C:\\x-mark.json"])
def test_absolute_names_are_refused(name, tmp_path) -> None:
    with Source(zipped(tmp_path, {name: b"x"})) as source:
        assert source.names() == []
        assert list(source.refused.values()) == ["an absolute name"]


def test_links_are_refused(tmp_path) -> None:
    export = folder(tmp_path)
    (export / "link.json").symlink_to(export / "users.json")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(export, "export")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zip_file:
        info = zipfile.ZipInfo("export/link.json")
        info.external_attr = 0o120777 << 16
        zip_file.writestr(info, "users.json")
    for path in (export, tmp_path / "x.tar", tmp_path / "x.zip"):
        with Source(path) as source:
            assert list(source.refused.values()) == ["a link"]
            assert not any("link" in name for name in source.names())


def test_an_archive_inside_is_named_and_never_opened(tmp_path) -> None:
    with Source(zipped(tmp_path, {"inner.zip": b"x"})) as source:
        assert source.archives == ["inner.zip"]
        with pytest.raises(BadSource, match=r"inner\.zip is an archive inside export\.zip: unpack it"):
            source.open("inner.zip")


def test_a_member_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE_BYTES", 1000)
    with Source(zipped(tmp_path, {"x.json": bytes(100_000)})) as source, pytest.raises(BadSource, match="400 times"):
        source.open("x.json")
    with pytest.raises(BadSource, match="400 times"):
        Source(tarred(tmp_path, {"x.json": bytes(1_000_000)}))


def test_more_files_than_any_export_has_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("chat.history.importers.source.MAX_MEMBERS", 2)
    with pytest.raises(BadSource, match="more than 2 files"):
        Source(zipped(tmp_path))


def test_a_damaged_archive_is_no_crash(tmp_path) -> None:
    path = tarred(tmp_path, {"x.json": bytes(range(256)) * 100})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadSource, match="cannot be read"):
        Source(path)
    path = zipped(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadSource, match="cut short"):
        Source(path)


def test_names_in_utf8_without_the_flag_for_it_are_read(tmp_path) -> None:
    path = zipped(tmp_path, {"abcdef.txt": b"x"})
    path.write_bytes(path.read_bytes().replace(b"abcdef", "bü中".encode()))
    with Source(path) as source:
        assert source.names() == ["bü中.txt"]


def test_what_is_not_there_is_said(tmp_path) -> None:
    with pytest.raises(BadSource, match="no file or folder"):
        Source(tmp_path / "nothing")


def test_half_a_download_is_named_as_such(tmp_path) -> None:
    path = zipped(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadSource, match=r"export\.zip is a zip that was cut short"):
        Source(path)


@pytest.mark.parametrize("name", ["", ".", "./"])
def test_a_member_without_a_name_is_refused(name, tmp_path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for each in (name, "ok.json"):
            archive.addfile(tarfile.TarInfo(each))
    with Source(tmp_path / "x.tar") as source:
        assert source.names() == ["ok.json"]
        assert list(source.refused.values()) == ["its name says nothing"]


def test_a_zip_with_an_empty_name_in_its_directory_is_read(tmp_path) -> None:
    path = zipped(tmp_path, {"x.json": b"x", "ok.json": b"[]"})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"x.json", b"\0.json"))
    with Source(path) as source:
        assert source.names() == ["ok.json"]
        assert source.refused == {"(a file without a name)": "its name says nothing"}


def test_a_file_that_is_twice_in_a_tar_is_read_once(tmp_path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for content in (b"old", b"new"):
            info = tarfile.TarInfo("x.json")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with Source(tmp_path / "x.tar") as source:
        assert source.names() == ["x.json"]
        assert source.open("x.json").read() == b"new"


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(containers, "open", refuse, raising=False)
    with pytest.raises(BadSource, match=r"Permission denied: .*export\.zip"):
        Source(zipped(tmp_path))


def test_a_damaged_member_says_what_to_do(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.json", b"x-mark-x-mark")
    (tmp_path / "x.zip").write_bytes((tmp_path / "x.zip").read_bytes().replace(b"x-mark-x-mark", b"x-mark-y-mark"))
    with Source(tmp_path / "x.zip") as source, pytest.raises(BadSource, match="damaged, download or copy it again"):
        source.head("x.json")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("talk.zip", "talk"),
        ("talk.tar.gz", "talk"),
        ("2016-01-14.json", "2016-01-14"),
        ("v1.2", "v1.2"),
        (".zip", ".zip"),
    ],
)
def test_the_stem_of_a_name_says_nothing_about_archives(name, stem, tmp_path) -> None:
    (tmp_path / name).mkdir()
    with Source(tmp_path / name) as source:
        assert source.stem == stem


def test_what_is_called_a_zip_and_is_none_is_said(tmp_path) -> None:
    """Regression: the errors were those of JSON."""
    (tmp_path / "export.zip").write_text("<!doctype html>")
    with pytest.raises(BadSource, match=r"export\.zip is no zip, although it is called so"):
        Source(tmp_path / "export.zip")
