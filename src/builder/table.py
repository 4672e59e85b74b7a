"""One table of what torch offers: layers, initializations, losses, optimizers, schedulers, with their arguments.

It is read from the installed torch by ``inspect.signature`` and written into the site at build time. The scripts check
trees against it, make forms from it and print programs with it; no name reaches a program that does not stand in it.

An argument is ``{"name", "kind", …}``: ``kind`` is int, float, bool, choice (of ``values``), ints, floats (tuples of
``n`` items, of any length without ``n``; ``scalar`` admits one number for all) or name. ``default`` stands where torch
has one, ``required`` where it has none, ``optional`` where None is admitted, ``derived`` where the value follows from
the tensor that comes in, ``own`` where forward is called differently, ``start`` is what a new block gets.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from builder import choices

Argument = dict[str, Any]
Entry = dict[str, Any]


def table(pages: dict[str, str] | None = None) -> dict[str, Any]:
    """The whole table. ``pages`` leads from a name of torch to its page on this site, where there is one."""
    import torch
    from torch import nn, optim
    from torch.nn import init

    known = pages or {}
    optimizers = subclasses(optim, "Optimizer")
    return {
        "torch": torch.__version__.split("+")[0],
        "layers": {
            name: _entry(_signature(nn, name), name, known, group=group, arguments=choices.OWN_ARGUMENTS.get(name, []))
            for group, names in choices.LAYERS.items()
            for name in names
        },
        "own": {name: {"args": args} for name, args in choices.OWN.items()},
        "inits": {name: _entry(inspect.signature(getattr(init, name)), name, known) for name in choices.INITS},
        "losses": {name: _entry(inspect.signature(getattr(nn, name)), name, known) for name in losses()},
        "optimizers": {name: _entry(inspect.signature(getattr(optim, name)), name, known) for name in optimizers},
        "schedulers": {name: _entry(inspect.signature(each), name, known) for name, each in schedulers().items()},
        "left_out": {**choices.LEFT_OUT, **dict.fromkeys(lazy(), "lazy")},
    }


def subclasses(module: Any, base: str) -> list[str]:
    """Public classes of a module below one of its classes."""
    kind = getattr(module, base)
    found = (getattr(module, name) for name in sorted(dir(module)) if not name.startswith("_"))
    return [each.__name__ for each in found if inspect.isclass(each) and issubclass(each, kind) and each is not kind]


def losses() -> list[str]:
    """The losses of torch.nn."""
    from torch import nn

    return [
        name for name in subclasses(nn, "Module") if re.search("Loss$", name) and name not in choices.LOSSES_LEFT_OUT
    ]


def lazy() -> list[str]:
    """Layers that read their sizes from the first batch: the builder knows them."""
    from torch import nn

    return [name for name in subclasses(nn, "Module") if name.startswith("Lazy")]


def schedulers() -> dict[str, Any]:
    """The schedulers of torch.optim, with SWALR, which stands in a module of its own."""
    from torch.optim import lr_scheduler, swa_utils

    found = {name: getattr(lr_scheduler, name) for name in subclasses(lr_scheduler, "LRScheduler")}
    return {**found, "SWALR": swa_utils.SWALR}


def _signature(nn: Any, name: str) -> Any:
    """A layer's parameters; those that show ``*args`` are read elsewhere."""
    if name in ("RNN", "LSTM", "GRU"):
        found = dict(inspect.signature(nn.RNNBase).parameters)
        del found["mode"]
        if name != "LSTM":
            del found["proj_size"]
        if name == "RNN":
            found["nonlinearity"] = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
        return inspect.Signature(_ordered(found.values()))
    if name == "TransformerEncoder":
        layer = inspect.signature(nn.TransformerEncoderLayer).parameters
        own = inspect.signature(nn.TransformerEncoder).parameters
        return inspect.Signature(_ordered([*layer.values(), own["num_layers"]]))
    return inspect.signature(getattr(nn, name))


def _ordered(parameters: Iterable[inspect.Parameter]) -> list[inspect.Parameter]:
    kinds = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    return kinds


def _entry(
    signature: inspect.Signature,
    name: str,
    pages: dict[str, str],
    group: str = "",
    arguments: Iterable[Argument] = (),
) -> Entry:
    plain = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    read = [
        _argument(each, name, group)
        for each in signature.parameters.values()
        if each.kind not in plain and each.name not in choices.DROPPED and each.name not in ("tensor", "generator")
    ]
    entry: Entry = {"group": group} if group else {}
    entry["args"] = [*read, *arguments]
    if name in pages:
        entry["page"] = pages[name]
    return entry


def _argument(parameter: inspect.Parameter, owner: str, group: str) -> Argument:
    found: Argument = {"name": parameter.name, **_kind(parameter)}
    default = parameter.default
    if default is inspect.Parameter.empty:
        found["required"] = True
    elif not callable(default):
        found["default"] = list(default) if isinstance(default, tuple) else default
        if default is None:
            found["optional"] = True
    if owner.endswith("_") and parameter.name == "mode":
        found.update(choices.ARGUMENTS["init.mode"])
    for key in (parameter.name, f"{owner}.{parameter.name}"):
        found.update(choices.ARGUMENTS.get(key, {}))
    if parameter.name in choices.DERIVED or (parameter.name == "normalized_shape" and owner in choices.NORMALIZED):
        found["derived"] = True
        found.pop("required", None)
    dims = re.search(r"(\d)d$", owner)
    if group == "pooling" and dims and found["kind"] == "ints":
        found["n"] = int(dims[1])
    _start(found, owner, group)
    return found


def _start(found: Argument, owner: str, group: str) -> None:
    name = found["name"]
    key = f"{name}.pool" if group == "pooling" and f"{name}.pool" in choices.STARTS else name
    if f"{owner}.{name}" in choices.STARTS:
        found["start"] = choices.STARTS[f"{owner}.{name}"]
    elif found.get("required"):
        found["start"] = choices.STARTS[key]


def _kind(parameter: inspect.Parameter) -> Argument:
    """The kind that an annotation tells, else the default's."""
    text = _plain(parameter.annotation)
    found: Argument = {"optional": True} if "None" in re.sub(r"tuple\[[^\]]*\]", "", text) else {}
    if literal := re.search(r"Literal\[([^\]]*)\]", text):
        values = re.findall(r"'([^']*)'", literal[1])
        return {**found, "kind": "choice", "values": values}
    if tuples := re.search(r"tuple\[([^\]]*)\]", text):
        items = [item.strip() for item in tuples[1].split(",")]
        found["kind"] = "floats" if "float" in items[0] else "ints"
        if "..." not in items:
            found["n"] = len(items)
        if "None" in items[0]:
            found["items"] = "optional"
        if text.startswith(("Union[int", "Union[float", "Union[str, int")):
            found["scalar"] = True
        if "str" in text:
            found["values"] = ["same", "valid"]
        return found
    for word, kind in (("str", "choice"), ("bool", "bool"), ("float", "float"), ("int", "int")):
        if re.search(rf"\b{word}\b", text):
            return {**found, "kind": kind}
    return {**found, "kind": _of(parameter.default)}


def _plain(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return text.replace("typing.", "")


def _of(default: Any) -> str:
    kinds: list[tuple[type, str]] = [(bool, "bool"), (int, "int"), (float, "float"), (str, "choice"), (tuple, "floats")]
    return next((kind for each, kind in kinds if isinstance(default, each)), "int")
