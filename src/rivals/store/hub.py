"""Models on the Hugging Face hub: only safetensors and JSON travel."""

from __future__ import annotations

from pathlib import Path

from rivals.errors import RivalsError, UsageError

PREFIX = "hub:"
FILES = ("model.safetensors", "config.json", "README.md", "samples.png")
"""What is read of a repository; weights in pickles (.bin, .pt, .ckpt) never are."""


def fetch(name: str) -> Path:
    """A model of the hub as a folder of the hub's own cache.

    Args:
        name: USER/NAME, or USER/NAME@REVISION.

    Raises:
        UsageError: where the library is missing, or there is no such repository, or no model in it.
        RivalsError: where the hub cannot be reached.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError:
        raise UsageError("models of the hub need huggingface_hub: pip install 'rivals[hub]'") from None
    repository, _, revision = name.partition("@")
    try:
        folder = Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(FILES)))
    except HFValidationError:
        raise UsageError(f"a model of the hub is hub:USER/NAME, not 'hub:{name}'") from None
    except HfHubHTTPError as error:
        raise UsageError(f"there is no model '{repository}' on the hub that you may read ({_first(error)})") from None
    except (LocalEntryNotFoundError, OSError) as error:
        raise RivalsError(f"the hub cannot be reached for '{repository}' ({_first(error)})") from None
    if not (folder / "model.safetensors").is_file() or not (folder / "config.json").is_file():
        raise UsageError(
            f"'{repository}' has no model.safetensors with a config.json: weights in other forms are never read"
        )
    return folder


def upload(folder: Path, name: str, *, private: bool = False) -> str:
    """Put a folder on the hub, and say where it is.

    Raises:
        UsageError: where the library is missing, the name is none, or nobody is logged in.
        RivalsError: where the hub cannot be reached or refuses.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
    except ImportError:
        raise UsageError("the hub needs huggingface_hub: pip install 'rivals[hub]'") from None
    api = HfApi()
    try:
        made = api.create_repo(name, private=private, exist_ok=True)
        api.upload_folder(folder_path=folder, repo_id=made.repo_id, commit_message="A model of rivals")
    except HFValidationError:
        raise UsageError(f"a model of the hub is USER/NAME, not '{name}'") from None
    except LocalTokenNotFoundError:
        raise UsageError("nobody is logged in: `hf auth login`, or set HF_TOKEN") from None
    except (HfHubHTTPError, OSError) as error:
        raise RivalsError(f"the hub did not take '{name}' ({_first(error)}); are you logged in?") from None
    return str(made)


def _first(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]
