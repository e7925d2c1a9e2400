"""The key that signs cookies: if none is set, one is generated once and kept in the storage folder."""

import secrets
from pathlib import Path

from chat.conf import Conf, SettingError


def secret_key(conf: Conf) -> str:
    """The setting, or a generated key in the storage folder with mode 0600. Raises `SettingError`."""
    if conf.secret_key:
        return conf.secret_key
    path = conf.storage_dir / ".secret_key"
    try:
        _make_folder(conf.storage_dir)
        return _read_or_generate(path)
    except OSError as error:
        raise SettingError(
            f"no DJANGO_SECRET_KEY is set, and none can be kept in {path}: {error.strerror}. "
            "Set CHAT_STORAGE_DIR to a folder that can be written, or set DJANGO_SECRET_KEY."
        ) from None


def _make_folder(path: Path) -> None:
    """Make the folder and its parents, with mode 0700 under any umask."""
    if not path.parent.exists():
        _make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def _read_or_generate(path: Path) -> str:
    """Two servers may start at the same time: the key is written to a draft and linked, and the first link wins."""
    if path.is_symlink():
        raise SettingError(
            f"{path} is a link, and links are not followed: put the key there, or set DJANGO_SECRET_KEY."
        )
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        try:
            draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_bytes().strip()
    if not key or not key.isascii():
        raise SettingError(f"{path} holds no key: delete it, and a new one is made (visitors get new author ids).")
    return key.decode("ascii")
