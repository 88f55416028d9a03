"""Attacks and mitigations in the user's own file: they behave like those that come with the program, or are refused."""

import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from advgui import foreign_code, plugins
from advgui.attacks import ATTACKS, Examples, finished
from advgui.cli import main
from advgui.data import cifar10
from advgui.defenses import DEFENSES
from advgui.errors import AdvguiError, DataError, PluginError
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report, merge
from advgui.evaluation.run import evaluate, provenance_of
from advgui.models import loading
from advgui.pipeline import Pipeline
from advgui.protocols import supports
from advgui.reports import comma_separated, latex, storage, tables
from advgui.reports.command import commands
from advgui.scenarios import scenario as make
from advgui.types import ATTACKED, CLEAN, PAPER_CHAIN, Link, ProtocolName, Scenario
from tests import tiny, toy
from tests.plugin_files import ATTACK, BODY_LINE, DEFENSE, DEFENSE_BODY_LINE, SMALL_ATTACK, SMALL_DEFENSE, write

THREE = (*PAPER_CHAIN, Link("posterize"))
SETTINGS = {"side": 3, "darker": False, "channel": "red"}


@pytest.fixture(autouse=True)
def as_before():
    """Whatever a test opens is closed behind it, and all is as it was."""
    attacks, defenses, modules = list(ATTACKS), list(DEFENSES), set(sys.modules)
    yield
    for plugin in plugins.loaded():
        plugins.close(plugin)
    assert (list(ATTACKS), list(DEFENSES)) == (attacks, defenses)
    assert not [name for name in set(sys.modules) - modules if name.startswith("advgui_plugin")]
    assert foreign_code.running() is None


@pytest.fixture
def opened(tmp_path: Path) -> None:
    plugins.load(write(tmp_path / "attacks", ATTACK, "blocks.py"))
    plugins.load(write(tmp_path / "defenses", DEFENSE, "posterize.py"))


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return toy.pipeline()


def batch(count=4):
    return tiny.images(count), np.arange(count) + 1, np.arange(count) + 10


def evaluated(pipeline: Pipeline, plan: Plan, batch_size: int = 5) -> Report:
    return finished(evaluate(pipeline, toy.data(), plan, provenance_of(pipeline, plan.scenarios), batch_size))


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("attack", ["blocks", "gaussian", "fgsm"])
@pytest.mark.parametrize("protocol", ProtocolName)
def test_plug_ins_go_through_the_pipeline_like_what_comes_with_the_program(pipeline, attack, protocol):
    if not supports(protocol, attack):
        with pytest.raises(AdvguiError, match="cannot be made as published"):
            Plan.of((protocol,), (attack,))
        return
    settings = SETTINGS if attack == "blocks" else None
    scenario = make(attack, 0.2, settings, chain=THREE, protocol=protocol, draws=2)
    outcome = pipeline.prepare(*batch()).run(scenario)
    assert list(outcome.images) == [CLEAN, ATTACKED, "autoencoder", "randomization", "posterize", "all"]
    assert len(np.unique(outcome.images["posterize"])) <= 8
    alone = pipeline.prepare(*(part[1:2] for part in batch())).run(scenario)
    for key, images in outcome.images.items():
        np.testing.assert_allclose(alone.images[key][0], images[1], atol=1e-5)
    assert Scenario.from_json(scenario.to_json()) == scenario


@pytest.mark.usefixtures("opened")
def test_every_setting_of_a_plug_in_attack_counts(pipeline):
    def attacked(strength=0.2, **settings):
        return pipeline.prepare(*batch()).run(make("blocks", strength, settings)).images[ATTACKED]

    images = batch()[0]
    assert np.array_equal(attacked(0), images)
    assert np.abs(attacked() - images).max() <= np.float32(0.2)
    assert (attacked(darker=False) >= images).all()
    assert np.array_equal(attacked(channel="red")[..., 1:], images[..., 1:])
    assert not np.array_equal(attacked(side=1), attacked(side=8))
    with pytest.raises(ValueError, match="'side' is 9, expected a whole number from 1 to 8"):
        attacked(side=9)


@pytest.mark.usefixtures("opened")
def test_an_attacker_who_knows_a_plug_in_mitigation_goes_through_it(pipeline):
    prepared = pipeline.prepare(*batch())
    ignorant = prepared.run(make(strength=0.1, chain=THREE))
    informed = prepared.run(make(strength=0.1, chain=THREE, attacker_knows=("posterize",)))
    assert not np.array_equal(ignorant.images[ATTACKED], informed.images[ATTACKED])
    # What the attacker knows is the file as it is now.
    (plugin,) = (plugin for plugin in plugins.loaded() if plugin.defenses)
    write(plugin.path.parent, DEFENSE.replace("np.round", "np.floor"), plugin.path.name)
    plugins.reload(plugin)
    again = prepared.run(make(strength=0.1, chain=THREE, attacker_knows=("posterize",)))
    assert not np.array_equal(again.images[ATTACKED], informed.images[ATTACKED])


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("protocol", [ProtocolName.CORRECTED, ProtocolName.AS_PUBLISHED])
def test_evaluations_of_plug_ins_have_six_columns_in_every_kind_of_table(pipeline, protocol):
    attacks = [name for name in ("blocks", "fgsm") if supports(protocol, name)]
    settings = {"blocks": SETTINGS}
    plan = Plan.of((protocol,), attacks, dict.fromkeys(attacks, (0.1,)), settings=settings, chain=THREE)
    report = evaluated(pipeline, plan)
    assert storage.to_json(evaluated(pipeline, plan, batch_size=12)) == storage.to_json(report)
    assert [column.letter for column in report.columns] == list("abcdef")
    text, markdown, tabular = tables.to_text(report), tables.to_markdown(report), latex.to_latex(report)
    assert "posterize" in text
    headings = [line.split()[-6:] for line in text.splitlines() if line.endswith("(f)")]
    assert headings == [[f"({letter})" for letter in "abcdef"]] * len(attacks)
    assert "| (a) original | (b) attacked | (c) autoencoder | (d) randomization | (e) posterize | (f) all |" in markdown
    assert tabular.count(r"\begin{tabular}{lrrrrrr}") == len(attacks)
    rows = [line for line in tabular.splitlines() if " & " in line]
    assert rows
    assert {line.replace(r"\&", "").count("&") for line in rows} == {6}
    assert comma_separated.to_csv(report).count(",posterize,e,") == len(report.runs)
    if "blocks" in attacks:
        assert "Random blocks" in text
        assert "side 3, darker too off, channel red" in text


@pytest.mark.usefixtures("opened")
def test_a_report_names_the_plug_ins_it_was_made_with_and_needs_them_to_be_read(pipeline):
    report = evaluated(pipeline, Plan.of(attacks=("blocks", "fgsm"), chain=THREE))
    text = storage.to_json(report)
    files = report.provenance.plugins
    assert {name: file.name for name, file in files.items()} == {"blocks": "blocks.py", "posterize": "posterize.py"}
    assert f"Plug-ins (SHA-256): blocks of blocks.py {files['blocks'].sha256[:12]}" in tables.to_text(report)
    assert "--plugin blocks.py --plugin posterize.py" in commands(report)[0]
    again = storage.from_json(text)
    assert storage.to_json(again) == text
    assert again.provenance == report.provenance
    for plugin in plugins.loaded():
        plugins.close(plugin)
    with pytest.raises(DataError, match=r"'blocks' of the plug-in 'blocks.py' \(SHA-256 .*Open the plug-in first"):
        storage.from_json(text)


@pytest.mark.usefixtures("opened")
def test_reports_of_different_versions_of_a_plug_in_are_not_put_together(pipeline, tmp_path):
    first = evaluated(pipeline, Plan.of(attacks=("blocks",), stop=6))
    plugins.load(write(tmp_path / "attacks", ATTACK + "\n# another version\n", "blocks.py"))
    second = evaluated(pipeline, Plan.of(attacks=("blocks",), start=6))
    with pytest.raises(ValueError, match="different plug-ins"):
        merge([first, second])


@pytest.mark.usefixtures("opened")
def test_an_evaluation_ends_where_its_plug_in_changes(pipeline, tmp_path):
    plan = Plan.of(attacks=("blocks",))
    steps = evaluate(pipeline, toy.data(), plan, toy.PROVENANCE, 5)
    next(steps)
    next(steps)
    plugins.load(write(tmp_path / "attacks", ATTACK + "\n# another version\n", "blocks.py"))
    with pytest.raises(AdvguiError, match="was changed or closed while it was evaluated"):
        next(steps)


def test_a_report_without_plug_ins_says_nothing_of_them(pipeline):
    assert "plugins" not in storage.to_json(evaluated(pipeline, Plan.of()))


# Opening, opening anew, closing


def test_a_file_that_was_changed_takes_the_place_of_what_it_was(tmp_path, pipeline):
    path = write(tmp_path, SMALL_ATTACK.format("return images + size"))
    prepared = pipeline.prepare(*batch())
    first = plugins.load(path)
    brighter = prepared.run(make("small")).images[ATTACKED]
    write(tmp_path, SMALL_ATTACK.format("return images - size"))
    second = plugins.reload(first)
    assert plugins.loaded() == (second,)
    darker = prepared.run(make("small")).images[ATTACKED]  # nothing of the former is kept
    assert (brighter > darker).any()
    assert (darker <= prepared.run(make("small", 0)).images[ATTACKED]).all()
    plugins.close(first)  # which is not open any more
    assert "small" in ATTACKS
    plugins.close(second)
    assert "small" not in ATTACKS


def test_what_a_changed_file_defines_no_longer_is_gone(tmp_path):
    both = ATTACK + DEFENSE
    plugin = plugins.load(write(tmp_path, both))
    assert plugin.labels == ("Random blocks", "Posterize")
    write(tmp_path, DEFENSE)
    plugins.reload(plugin)
    assert "blocks" not in ATTACKS
    assert "posterize" in DEFENSES


def test_a_mistake_leaves_the_version_that_worked(tmp_path):
    path = write(tmp_path, SMALL_ATTACK.format("return images + size"))
    plugin = plugins.load(path)
    working = ATTACKS["small"]
    for mistake in ("return images +", "return images.astype(float)", "return images + size / 0.0 * 'a'"):
        write(tmp_path, SMALL_ATTACK.format(mistake))
        with pytest.raises(PluginError):
            plugins.reload(plugin)
        assert ATTACKS["small"] is working
        assert plugins.loaded() == (plugin,)
    path.unlink()
    with pytest.raises(PluginError, match="cannot be read"):
        plugins.reload(plugin)
    assert ATTACKS["small"] is working


def test_reading_a_file_puts_nothing_into_the_registries(tmp_path):
    plugin = plugins.read(write(tmp_path, ATTACK))
    assert "blocks" not in ATTACKS
    assert plugins.enter(plugin) is plugin
    assert "blocks" in ATTACKS


def test_nothing_is_left_beside_the_file_and_its_folder_is_not_searched(tmp_path):
    path = write(tmp_path, SMALL_ATTACK.format("return images + size"))
    write(tmp_path, "raise RuntimeError", "numpy.py")
    plugins.load(path)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["numpy.py", "plugin.py"]
    assert str(tmp_path) not in sys.path


def test_data_classes_and_later_annotations_work(tmp_path):
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n" + DEFENSE.replace(
        "class Posterize", "@dataclass(frozen=True)\nclass Posterize"
    )
    plugins.load(write(tmp_path, text))
    assert DEFENSES["posterize"] == DEFENSES["posterize"]


# Mistakes


def refused(tmp_path: Path, text: str) -> PluginError:
    """Open a file that is to be refused; return the error, which names the file."""
    with pytest.raises(PluginError) as caught:
        plugins.load(write(tmp_path, text))
    assert "plugin.py" in str(caught.value)
    assert caught.value.path == tmp_path / "plugin.py"
    return caught.value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return images[:1] + size", "expected float32 (2, 16, 24, 3)"),
        ("return images.transpose(0, 2, 1, 3) + size", "returned float32 (2, 24, 16, 3)"),
        ("return images + float(size) * np.ones(3)", "returned float64"),
        ("return (images + size).tolist()", "returned list"),
        ("images + size", "returned NoneType None"),
        ("return images * np.float32(np.nan)", "not finite"),
        ("return images + np.float32(0.1)", "changes images at strength 0"),
        ("return images + size * images.mean()", "another result for an image alone"),
        ("return images + size * np.random.random(images.shape).astype(np.float32)", "another result for an image"),
    ],
)
def test_what_an_attack_returns_is_held_against_the_contract(tmp_path, body, said):
    error = refused(tmp_path, SMALL_ATTACK.format(body))
    assert said in str(error)
    assert "Expected: " in str(error)
    assert "Correct the file and save it." in str(error)
    assert error.line in (6, 11)  # of the class, or of the method


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return images + 1 // 0", "ZeroDivisionError: integer division or modulo by zero"),
        ("return images.no_such_method()", "AttributeError: 'numpy.ndarray' object has no attribute"),
        ("return target.loss_gradient(images[:, 1:], examples)", "ValueError: matmul"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("images[:] = 0", "ValueError: assignment destination is read-only"),
        ("return settings['sise']", "KeyError: 'sise'"),
    ],
)
def test_an_exception_is_told_with_its_line(tmp_path, body, said):
    error = refused(tmp_path, SMALL_ATTACK.format(body))
    assert f"plugin.py, line {BODY_LINE}: {said}" in str(error)
    assert "in 'perturbed' of the attack 'small'" in str(error)
    assert error.line == BODY_LINE


def test_a_recursion_without_an_end_is_told(tmp_path):
    error = refused(tmp_path, SMALL_ATTACK.format("return self.perturbed(target, examples, settings, memo)"))
    assert "RecursionError: maximum recursion depth" in str(error)
    assert error.line in (BODY_LINE - 1, BODY_LINE)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return images * 2", "returned values from"),
        ("return images - np.float32(1)", "returned values from"),
        ("return images.astype(np.float64)", "returned float64"),
        ("return images[0]", "returned float32 (16, 24, 3)"),
        ("return images * np.float32(np.nan)", "returned values from nan"),
        ("return images[:, ::2]", "needs a 'backward' of its own"),
        ("return images / 'a'", "TypeError: ufunc 'divide'"),
        ("return np.flip(images, 0)", "another result for an image alone"),
    ],
)
def test_what_a_mitigation_returns_is_held_against_the_contract(tmp_path, body, said):
    error = refused(tmp_path, SMALL_DEFENSE.format(body))
    assert said in str(error)
    assert "Expected: " in str(error)
    assert error.line in (5, 9, DEFENSE_BODY_LINE)


def test_a_gradient_is_held_against_the_contract(tmp_path):
    backward = "\n    def backward(self, images, gradient, settings):\n        return gradient{}\n"
    for body, said in (("[:1]", "returned the gradient float32 (1,"), (" * np.float32('inf')", "not finite")):
        error = refused(tmp_path, SMALL_DEFENSE.format("return images") + backward.format(body))
        assert said in str(error)
        assert error.line == DEFENSE_BODY_LINE + 2


DRAWN = """
    def drawn(self, settings, shape, seed, stream, indices, draw):
        shift = {}
        return Step(
            lambda images: np.clip(images + np.float32(shift), 0, 1),
            lambda images, gradient: gradient,
        )
"""


def test_a_random_mitigation_has_to_say_so(tmp_path):
    text = SMALL_DEFENSE.format("return images") + DRAWN
    assert "is_random = True" in str(refused(tmp_path, text.format("seed / 10")))
    plugins.load(write(tmp_path, text.format("seed / 10").replace("\n    label", "\n    is_random = True\n    label")))
    assert DEFENSES["small"].is_random
    error = refused(tmp_path, text.format("1 / 0"))
    assert error.line == DEFENSE_BODY_LINE + 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "small"', 'name = "fgsm"', "'fgsm' is taken"),
        ('name = "small"', 'name = "randomization"', "'randomization' is taken"),
        ('name = "small"', 'name = "all"', "The name of Small is 'all'"),
        ('name = "small"', 'name = "my attack"', "The name of Small is 'my attack'"),
        ('name = "small"', "name = 3", "The name of Small is 3"),
        ('label = "Small"', "", "The label of 'small' is None"),
        ("parameters = (", "parameters = list((", "The parameters of 'small'"),
        ("size\", 0, 1", "size\", 0.05, 1", "The first parameter of 'small'"),
        ("0.01, \"Size.\")", "0.01)", "TypeError"),
        ("0, 1, 0.1", "0, 1, 7", "starts at 7; expected finite numbers"),
        ('label = "Small"', 'label = "Small"\n    norm = "l7"', "The norm of 'small' is 'l7'"),
        ('label = "Small"', 'label = "Small"\n    help = 3', "The help of 'small' is 3"),
        ("class Small(Attack)", "class Small(Attack, Broken)", "NameError: name 'Broken' is not defined"),
        ("def perturbed", "def perturbd", "Small lacks 'perturbed'"),
        ('name = "small"', "", "Small lacks 'name'"),
        ("(Attack)", "", "it defines neither an attack nor a mitigation"),
        ("import numpy as np", "import numpi as np", "ModuleNotFoundError: No module named 'numpi'"),
        ("return images + size", "return images + size)", "SyntaxError: unmatched ')'"),
        ("return images + size", "return images + \0size", "null"),
    ],
)  # fmt: skip
def test_a_class_is_held_against_the_contract(tmp_path, old, new, said):
    text = SMALL_ATTACK.format("return images + size")
    if "list((" in new:
        text = text.replace('"Size."),)', '"Size."),))')
    assert old in text
    assert said in str(refused(tmp_path, text.replace(old, new, 1)))


def test_what_an_attack_says_of_itself_has_to_be_true(tmp_path):
    text = SMALL_ATTACK.format("return images + size * target.loss_gradient(images, examples)")
    nothing = text.replace("label", "access = Access.NOTHING\n    label", 1)
    assert "access = Access.GRADIENT" in str(refused(tmp_path, nothing))
    text = SMALL_ATTACK.format("return images + size * np.float32(examples.seed)")
    fixed = text.replace("label", "is_random = False\n    label", 1)
    assert "is_random = True" in str(refused(tmp_path, fixed))


def test_two_classes_or_two_files_of_one_name_are_refused(tmp_path):
    text = SMALL_ATTACK.format("return images + size")
    twice = text + text.replace("class Small", "class Other")
    assert "'small' is there twice" in str(refused(tmp_path, twice))
    plugins.load(write(tmp_path, text))
    with pytest.raises(PluginError, match=r"other.py, line \d+: The name 'small' is taken"):
        plugins.load(write(tmp_path, text, "other.py"))


def test_two_files_of_one_name_that_were_read_at_once_do_not_mix(tmp_path):
    text = SMALL_ATTACK.format("return images + size")
    first, second = (plugins.read(write(tmp_path, text, name)) for name in ("one.py", "two.py"))
    plugins.enter(first)
    with pytest.raises(PluginError, match=r"two.py: The name 'small' is taken"):
        plugins.enter(second)
    assert plugins.loaded() == (first,)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(256)), b"\xff\xfe\x00", b"(" * 100_000])
def test_a_binary_file_is_no_plug_in(tmp_path, content):
    path = tmp_path / "plugin.py"
    path.write_bytes(content)
    with pytest.raises(PluginError, match="Expected: a Python program") as caught:
        plugins.load(path)
    assert str(caught.value).isprintable()


def test_what_is_no_file_is_no_plug_in(tmp_path):
    for path in (tmp_path / "missing.py", tmp_path, Path("/dev/zero"), Path("a\0b.py")):
        with pytest.raises(PluginError, match="cannot be read"):
            plugins.load(path)
    huge = tmp_path / "huge.py"
    huge.write_bytes(b"#" * (2 << 20))
    with pytest.raises(PluginError, match="larger than 1 MB"):
        plugins.load(huge)


# What goes wrong later


def later(tmp_path: Path, bad: str, good: str = "return images + size") -> None:
    """Open an attack that goes wrong on images of 32 px alone."""
    plugins.load(write(tmp_path, SMALL_ATTACK.format(f"{bad} if images.shape[1] == 32 else None; {good}")))


def test_an_error_during_the_work_names_the_plug_in_and_the_next_scenario_works(tmp_path, pipeline):
    later(tmp_path, "1 / 0")
    prepared = pipeline.prepare(*batch())
    with pytest.raises(PluginError, match=rf"plugin.py, line {BODY_LINE}: ZeroDivisionError"):
        prepared.run(make("small"))
    assert prepared.run(make("fgsm")).images


def test_an_error_of_a_mitigation_names_it_also_behind_an_attack_that_knows_it(tmp_path, pipeline):
    text = (
        SMALL_DEFENSE.format("return images")
        + "\n    def backward(self, images, gradient, settings):\n        return {}"
    )
    plugins.load(write(tmp_path, text.format("gradient if images.shape[1] < 32 else gradient[:1]")))
    chain = (Link("small"),)
    prepared = pipeline.prepare(*batch())
    assert prepared.run(make(chain=chain)).images
    with pytest.raises(PluginError, match="returned the gradient float32"):
        prepared.run(make(chain=chain, attacker_knows=("small",)))


def test_errors_of_the_program_itself_stay_what_they_are(pipeline):
    class Failing(tiny.Classifier):
        def logits(self, images):
            raise ZeroDivisionError

    corrected = pipeline.procedures[ProtocolName.CORRECTED]
    failing = Failing(corrected.classifier.model, tiny.CLASS_NAMES)
    with pytest.raises(ZeroDivisionError):
        Pipeline({ProtocolName.CORRECTED: replace(corrected, classifier=failing)}).prepare(*batch()).run(
            make("gaussian")
        )


ENDLESS = [
    "while True: pass",
    "[0 for _ in iter(int, 1)]",
    "exec('while True:\\n try:\\n  while True: pass\\n except Exception: pass')",
]


@pytest.mark.parametrize("body", ENDLESS)
def test_a_loop_without_an_end_is_stopped_when_the_file_is_opened(tmp_path, monkeypatch, body):
    monkeypatch.setattr(plugins, "_PATIENCE", 0.2)
    error = refused(tmp_path, SMALL_ATTACK.format(body))
    assert "'perturbed' of the attack 'small': it takes longer than 0.2 s" in str(error)
    assert error.line == BODY_LINE
    error = refused(tmp_path, "while True:\n    pass\n")
    assert "the file: it takes longer than 0.2 s" in str(error)
    assert error.line in (1, 2)


@pytest.mark.parametrize("body", ENDLESS)
def test_a_loop_without_an_end_is_told_and_can_be_stopped_from_another_thread(tmp_path, monkeypatch, pipeline, body):
    monkeypatch.setattr(foreign_code, "SLOW", 0.05)
    later(tmp_path, f"exec({body!r})")
    prepared = pipeline.prepare(*batch())
    told: list[str] = []
    is_told = threading.Event()
    errors: list[Exception] = []

    def work() -> None:
        try:
            prepared.run(make("small"))
        except PluginError as error:
            errors.append(error)

    def report(text: str) -> None:
        told.append(text)
        is_told.set()

    with foreign_code.watched(report):
        thread = threading.Thread(target=work)
        thread.start()
        assert is_told.wait(60)
        call = foreign_code.running()
        assert call is not None
        assert call.stop()
        thread.join(60)
    assert not thread.is_alive()
    assert not call.stop()
    assert "takes longer than 1 s" in told[0]
    assert f"plugin.py, line {BODY_LINE}" in told[0]
    assert "it was stopped" in str(errors[0])
    assert prepared.run(make("fgsm")).images


def test_a_stop_that_comes_too_late_hits_nothing(tmp_path, pipeline):
    plugins.load(write(tmp_path, SMALL_ATTACK.format("return images + size")))
    images, labels, indices = batch(1)
    examples, attack = Examples(images, labels, indices), ATTACKS["small"]
    over = threading.Event()

    def shoot() -> None:
        while not over.is_set():
            call = foreign_code.running()
            if call is not None:
                call.stop()

    shooter = threading.Thread(target=shoot)
    shooter.start()
    try:
        for _ in range(300):
            with suppress(PluginError):
                attack(pipeline.classifier, examples)
    finally:
        over.set()
        shooter.join(60)
    assert attack(pipeline.classifier, examples).images.shape == images.shape


# Networks


NETWORK = """
from advgui.defenses import NetworkDefense


class Denoiser(NetworkDefense):
    name = "denoiser"
    label = "Denoiser"
    model = "denoiser.keras"
"""


def test_a_mitigation_can_be_a_keras_file_beside_the_plug_in_with_its_exact_gradient(tmp_path, pipeline, monkeypatch):
    path = write(tmp_path, NETWORK)
    assert "denoiser.keras', expected a file that is there" in str(refused(tmp_path, NETWORK))
    model = tiny.autoencoder_model(seed=5)
    model.save(tmp_path / "denoiser.keras")
    plugins.load(path)
    chain = (Link("denoiser"),)
    scenario = make(strength=0.1, chain=chain, attacker_knows=("denoiser",))
    prepared = pipeline.prepare(*batch())
    outcome = prepared.run(scenario)
    images = outcome.images[ATTACKED]
    np.testing.assert_allclose(outcome.images["denoiser"], model(images, training=False), atol=1e-5)
    report = evaluated(pipeline, Plan.of(attacks=("fgsm",), chain=chain))
    assert report.provenance.networks["denoiser"].name == "denoiser"
    # A small step along the gradient raises the loss behind the network.
    inside = pipeline.prepare(images, batch()[1], batch()[2]).run(replace(scenario, attack=make(strength=0).attack))
    before = prepared.run(replace(scenario, attack=make(strength=0).attack)).probabilities["denoiser"]
    after = inside.probabilities["denoiser"]
    labels = batch()[1]
    assert after[range(4), labels].sum() < before[range(4), labels].sum()


def test_a_keras_file_that_is_none_is_refused_when_images_first_go_through_it(tmp_path, pipeline):
    (tmp_path / "denoiser.keras").write_bytes(b"no zip")
    plugins.load(write(tmp_path, NETWORK))
    with pytest.raises(AdvguiError, match=r"denoiser\.keras"):
        pipeline.prepare(*batch()).run(make(chain=(Link("denoiser"),)))


# Installed packages


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that offers an attack and a mitigation."""
    write(tmp_path / "site", ATTACK + DEFENSE, "class_of_2026.py")
    write(
        tmp_path / "site/class_of_2026-1.0.dist-info",
        "Metadata-Version: 2.1\nName: class-of-2026\nVersion: 1.0\n",
        "METADATA",
    )
    entries = "[advgui.attacks]\nblocks = class_of_2026:Blocks\nboth = class_of_2026:Blocks\n"
    entries += "[advgui.defenses]\nboth = class_of_2026:Posterize\nwrong = class_of_2026:np\n"
    write(tmp_path / "site/class_of_2026-1.0.dist-info", entries, "entry_points.txt")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield
    sys.modules.pop("class_of_2026", None)


@pytest.mark.usefixtures("package")
def test_packages_offer_their_plug_ins_by_name_and_nothing_is_imported_before_it_is_asked_for():
    assert {"blocks", "both", "wrong"} <= set(plugins.offered())
    assert "class_of_2026" not in sys.modules
    assert "blocks" not in ATTACKS
    with plugins.opened(["both"]) as (plugin,):
        assert plugin.names == ("blocks", "posterize")
        assert plugin.file.name == "class_of_2026.py"
        assert "blocks" in ATTACKS
        with pytest.raises(PluginError, match="Start the program again"):
            plugins.reload(plugin)
    assert "blocks" not in ATTACKS
    with pytest.raises(PluginError, match="not a subclass of Defense"):
        plugins.load_offered("wrong")
    with pytest.raises(PluginError, match="There is no plug-in 'nobody'"), plugins.opened(["nobody"]):
        pass


# The command line


@pytest.fixture
def run(pipeline, monkeypatch, tmp_path):
    """Run a command with tiny networks on toy images; returns the exit code."""
    monkeypatch.setattr(loading, "load_pipeline", lambda *_: pipeline)
    monkeypatch.setattr(cifar10, "load", lambda *_: toy.data())
    files = [write(tmp_path, ATTACK, "blocks.py"), write(tmp_path, DEFENSE, "posterize.py")]
    asked = [text for file in files for text in ("--plugin", str(file))]
    return lambda command, *arguments, given=asked: main([command, *given, *map(str, arguments)])


def test_evaluate_takes_plug_ins(run, tmp_path, capsys):
    path = tmp_path / "result.json"
    chart = tmp_path / "chart.svg"
    chain = "autoencoder,posterize,randomization"
    options = ("--chain", chain, "--set", "side=2", "--set", "posterize.levels=4")
    assert run("evaluate", "--attack", "blocks", "fgsm", *options, "--json", path, "--chart", chart) == 0
    assert "Random blocks" in capsys.readouterr().out
    assert "blocks" not in ATTACKS  # a command leaves nothing behind
    assert run("evaluate", "--load", path) == 0
    assert "side 2" in capsys.readouterr().out
    assert run("evaluate", "--load", path, given=[]) == 1
    assert "Open the plug-in first (--plugin FILE" in capsys.readouterr().err
    assert chart.read_text()


def test_figures_take_plug_ins(run, tmp_path, capsys):
    options = ("--attack", "blocks", "--chain", "posterize,autoencoder,randomization", "--output", tmp_path / "drawn")
    assert run("figures", *options) == 0
    drawn = [Path(line) for line in capsys.readouterr().out.split()]
    assert {path.suffix for path in drawn} == {".png", ".svg", ".pdf"}
    assert all(path.stat().st_size for path in drawn)


def test_help_names_what_plug_ins_bring(run, capsys):
    assert run("evaluate", "--help") == 0
    told = capsys.readouterr().out
    assert "blocks" in told
    assert "posterize" in told


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--plugin"], 2, "expected one argument"),
        (["--plugin", "missing.py"], 1, "'{here}/missing.py' cannot be read"),
        (["--plugin", "missing"], 1, "There is no plug-in 'missing'"),
        (["--plugin", "bad.py"], 1, "bad.py, line 1: ZeroDivisionError"),
        (["--plug", "bad.py"], 2, "must not be shortened"),
    ],
)
def test_a_plug_in_that_cannot_be_opened_ends_a_command(arguments, code, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "1 / 0", "bad.py")
    assert main(["evaluate", *arguments]) == code
    assert said.format(here=tmp_path) in capsys.readouterr().err


def test_the_window_opens_with_plug_ins(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr("advgui.app.main", lambda **_given: found.append("blocks" in ATTACKS) or 0)
    assert main(["--plugin", str(write(tmp_path, ATTACK))]) == 0
    assert found == [True]


# The README


def test_the_template_is_what_the_readme_shows_and_works(tmp_path, pipeline):
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    section = readme.partition("## Your own attack or mitigation")[2].partition("\n## ")[0]
    shown = section.partition("```python\n")[2].partition("```")[0]
    assert shown == plugins.template()
    plugin = plugins.load(write(tmp_path, shown, "my_attack.py"))
    (attack,), (defense,) = plugin.attacks, plugin.defenses
    chain = (*PAPER_CHAIN, Link(defense))
    outcome = pipeline.prepare(*batch()).run(make(attack, 0.2, chain=chain, attacker_knows=(defense,)))
    assert len(outcome.images) == 6
    assert not np.array_equal(outcome.images[ATTACKED], outcome.images[CLEAN])
    moved = (outcome.images[ATTACKED] != outcome.images[CLEAN]).any(axis=3).mean()
    assert moved < 0.15
    report = evaluated(pipeline, Plan.of(attacks=(attack,), chain=chain))
    assert "Sparse FGSM" in tables.to_text(report)
