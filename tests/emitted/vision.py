"""torchvision beside a CPU torch."""

from __future__ import annotations

import importlib
import sys
from typing import Any
from unittest import mock

import torch


def torchvision() -> Any:
    """Import it. Its wheel may lack its own compiled operators here (their library wants CUDA's); no program of the
    builder uses them, and their registration is left out."""
    if "torchvision" not in sys.modules:
        with mock.patch.object(torch.library, "register_fake", lambda *_, **__: lambda function: function):
            importlib.import_module("torchvision")
    return sys.modules["torchvision"]
