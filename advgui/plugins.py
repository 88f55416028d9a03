"""Attacks and mitigations from the user's own files, and from installed packages.

A plug-in is a Python file. Opening it runs it, with the rights of the user; nothing is ever opened unasked. What it
defines is checked and tried before it enters the registries, where everything else finds it.
"""

import inspect
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType

from advgui import files, foreign_code, plugin_checks, resources
from advgui.attacks import ATTACKS, Attack
from advgui.defenses import DEFENSES, Defense
from advgui.errors import ContractError, PluginError
from advgui.foreign_code import Call
from advgui.registry import classes_in
from advgui.text import printable
from advgui.types import PluginFile, Scenario

# What packages name their attacks and mitigations under.
GROUPS = ("advgui.attacks", "advgui.defenses")
_LARGEST = 1 << 20  # bytes
_PATIENCE = 10.0  # seconds for running the file and trying what it defines
_CONTRACT = "classes of Attack or Defense, as in the README, 'Your own attack or mitigation'"
_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Plugin:
    """What a plug-in defines, checked and tried.

    Attributes:
        path: Its file.
        file: Name and SHA-256 of what was run, for reports.
        attacks: By name.
        defenses: By name.
        module: Name of its module; "" of a package's, which is not this program's to forget.
    """

    path: Path
    file: PluginFile
    attacks: Mapping[str, Attack]
    defenses: Mapping[str, Defense]
    module: str

    @property
    def names(self) -> tuple[str, ...]:
        """Of its attacks and mitigations."""
        return (*self.attacks, *self.defenses)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of its attacks and mitigations, as they are shown."""
        return (*(one.label for one in self.attacks.values()), *(one.label for one in self.defenses.values()))


# The plug-ins that are open, by their files.
_open: dict[Path, Plugin] = {}


def loaded() -> tuple[Plugin, ...]:
    """Return the plug-ins that are open."""
    return tuple(_open.values())


def load(path: Path) -> Plugin:
    """Open a plug-in's file, or open it anew: run it, check and try what it defines, put that into the registries.

    Args:
        path: A Python file.

    Returns:
        The plug-in. If its file was open, this one has taken the place of the other.

    Raises:
        PluginError: It cannot be opened, and says why; what was open before stays.
    """
    return enter(read(path))


def reload(plugin: Plugin) -> Plugin:
    """Open a plug-in's file anew (see `load`).

    Raises:
        PluginError: As `load`; or it is an installed package's, which Python has imported once and for all.
    """
    if not plugin.module:
        raise PluginError(
            f"'{plugin.file.name}' belongs to an installed package. Expected a file. Start the program again.",
            plugin.path,
        )
    return load(plugin.path)


@contextmanager
def opened(sources: Iterable[str]) -> Iterator[tuple[Plugin, ...]]:
    """Open plug-ins for the length of a block.

    Args:
        sources: Files, or names that installed packages offer; a file goes first.

    Raises:
        PluginError: One cannot be opened.
    """
    found: list[Plugin] = []
    try:
        for source in sources:
            path = Path(source)
            found.append(load(path) if path.suffix == ".py" or files.is_file(path) else load_offered(source))
        yield tuple(found)
    finally:
        for plugin in found:
            close(plugin)


def offered() -> dict[str, tuple[EntryPoint, ...]]:
    """Return what installed packages offer, by name; none of it is imported."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for group in GROUPS:
        for entry in entry_points(group=group):
            found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def load_offered(name: str) -> Plugin:
    """Open what an installed package offers: import it, check and try it, put it into the registries.

    Args:
        name: One of `offered()`.

    Raises:
        PluginError: It cannot be opened, and says why.
    """
    entries = offered().get(name, ())
    if not entries:
        raise PluginError(
            f"There is no plug-in '{printable(name)}'. Expected a Python file, or one of those that installed packages "
            f"offer ({', '.join(offered()) or 'none'}). Choose another.",
            Path(name),
        )
    kinds: list[plugin_checks.Kind] = []
    with foreign_code.limited(_PATIENCE):
        for entry in entries:
            call = Call(f"the entry point '{name}'", Path(entry.module))
            kinds += foreign_code.guarded(call, _CONTRACT, None, partial(_classes_of, entry))
        path = Path(inspect.getfile(kinds[0])).absolute()
        return enter(_plugin(list(dict.fromkeys(kinds)), path, path.read_bytes(), ""))


def _classes_of(entry: EntryPoint) -> list[plugin_checks.Kind]:
    found = entry.load()
    base: plugin_checks.Kind = Attack if entry.group == GROUPS[0] else Defense
    kinds = classes_in(found, base) if isinstance(found, ModuleType) else [found]
    if not kinds or not all(inspect.isclass(kind) and issubclass(kind, base) for kind in kinds):
        raise ContractError(f"'{entry.value}' is not a subclass of {base.__name__}, nor a module with one")
    return list(kinds)


def used_by(scenarios: Iterable[Scenario]) -> dict[str, PluginFile]:
    """Return the files of the plug-ins that scenarios need, by the names of their attacks and mitigations."""
    owners = {name: plugin.file for plugin in loaded() for name in plugin.names}
    names = [name for one in scenarios for name in (one.attack.name, *(link.name for link in one.chain))]
    return {name: owners[name] for name in dict.fromkeys(names) if name in owners}


def template() -> str:
    """Return the text of a plug-in to begin with: an attack and a mitigation, with comments."""
    return (resources.assets() / "plugin_template.py").read_text("utf-8")


def read(path: Path) -> Plugin:
    """Run a plug-in's file, check and try what it defines; nothing enters the registries.

    Call it on the thread that is to do the computing: an endless loop in the file stops this thread for ten seconds.

    Raises:
        PluginError: It cannot be opened, and says why.
    """
    path = path.expanduser().absolute()
    try:
        content = files.read_bytes(path, _LARGEST)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PluginError(
            f"The plug-in '{printable(str(path))}' cannot be read ({reason}). Expected a Python file. Choose a file "
            "that is there and that you may read.",
            path,
        ) from error
    module = ModuleType(f"advgui_plugin_{next(_numbers)}_{path.stem}")
    module.__file__ = str(path)
    code = _compiled(content, path)
    # Data classes look their module up; nothing imports it by this name.
    sys.modules[module.__name__] = module
    try:
        with foreign_code.limited(_PATIENCE):
            foreign_code.guarded(Call("the file", path), _CONTRACT, None, partial(exec, code, vars(module)))
            kinds: list[plugin_checks.Kind] = [*classes_in(module, Attack), *classes_in(module, Defense)]  # type: ignore[type-abstract]
            if not kinds:
                raise _nothing_in(module, path)
            return _plugin(kinds, path, content, module.__name__)
    except BaseException:
        _forget(module.__name__)
        raise


def _compiled(content: bytes, path: Path) -> CodeType:
    try:
        return compile(content, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        line = getattr(error, "lineno", None)
        place = printable(path.name) + (f", line {line}" if line else "")
        text = f"SyntaxError: {error.msg}" if isinstance(error, SyntaxError) else foreign_code.exception_text(error)
        raise PluginError(
            f"{place}: {printable(text)}. Expected: a Python program. Correct the file and save it.", path, line
        ) from error


def _nothing_in(module: ModuleType, path: Path) -> PluginError:
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Attack | Defense) and value.__module__ == module.__name__
    ]
    lacks = plugin_checks.missing(own)
    line = _line_of(own[0]) if own else None
    found = f"line {line}: {lacks}" if lacks else "it defines neither an attack nor a mitigation"
    return PluginError(
        f"{printable(path.name)}, {found}. Expected: {_CONTRACT}. Correct the file and save it.", path, line
    )


def _plugin(kinds: Sequence[plugin_checks.Kind], path: Path, content: bytes, module: str) -> Plugin:
    """Return the plug-in that classes make, each of them checked and tried."""
    made: dict[str, Attack | Defense] = {}
    for kind in kinds:
        foreign_code.belongs(kind, path)
        call = Call(f"the class {kind.__name__}", path)
        one = foreign_code.guarded(call, _CONTRACT, _line_of(kind), partial(_tried, kind, path, made))
        made[one.name] = one
    return Plugin(
        path=path,
        file=PluginFile(printable(path.name), sha256(content).hexdigest()),
        attacks={name: one for name, one in made.items() if isinstance(one, Attack)},
        defenses={name: one for name, one in made.items() if isinstance(one, Defense)},
        module=module,
    )


def _tried(kind: plugin_checks.Kind, path: Path, others: Mapping[str, object]) -> Attack | Defense:
    plugin_checks.check_class(kind)
    if kind.name in others:
        raise ContractError(f"The name '{kind.name}' is there twice, expected different names")
    _check_free(kind.name, path)
    one = kind()
    if isinstance(one, Attack):
        plugin_checks.try_attack(one)
    else:
        plugin_checks.try_defense(one)
    return one


def _check_free(name: str, path: Path) -> None:
    own = _open[path].names if path in _open else ()
    if name in (*ATTACKS, *DEFENSES) and name not in own:
        raise ContractError(f"The name '{name}' is taken by an attack or a mitigation that is there, expected another")


def _line_of(kind: type) -> int | None:
    try:
        return inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return None


def enter(plugin: Plugin) -> Plugin:
    """Put what a plug-in defines into the registries, in the place of what the same file defined before.

    Each entry is exchanged in one step: a computation that runs on another thread uses the old one or the new one.

    Raises:
        PluginError: Another plug-in that was opened meanwhile has taken one of its names.
    """
    try:
        for name in plugin.names:
            _check_free(name, plugin.path)
    except ContractError as error:
        _forget(plugin.module)
        raise PluginError(f"{printable(plugin.path.name)}: {error}. Choose another name.", plugin.path) from error
    before = _open.get(plugin.path)
    _open[plugin.path] = plugin
    ATTACKS.update(plugin.attacks)
    DEFENSES.update(plugin.defenses)
    if before is not None:
        _take_out(before, keep=plugin)
    return plugin


def close(plugin: Plugin) -> None:
    """Take what a plug-in defines out of the registries; nothing happens if it is not open."""
    if _open.get(plugin.path) is plugin:
        del _open[plugin.path]
        _take_out(plugin)


def _take_out(plugin: Plugin, keep: Plugin | None = None) -> None:
    for name in plugin.attacks:
        if keep is None or name not in keep.attacks:
            del ATTACKS[name]
    for name in plugin.defenses:
        if keep is None or name not in keep.defenses:
            del DEFENSES[name]
    _forget(plugin.module)


def _forget(module: str) -> None:
    sys.modules.pop(module, None)
