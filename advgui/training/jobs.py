"""A training from the data to the finished files: network, card and history, measured once on the test set."""

import datetime
import shlex
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from advgui import interruption, paper, resources
from advgui.data import cifar10, picture_folder
from advgui.data.cifar10 import Dataset
from advgui.defenses.autoencoder import Autoencoder
from advgui.defenses.randomization import PublishedRandomization
from advgui.errors import AdvguiError
from advgui.evaluation.run import mismatch
from advgui.files import replacing, write_atomically
from advgui.images import to_float
from advgui.models import cards, model_files
from advgui.models.architectures import without_standardizing
from advgui.models.classifier import Classifier, Network
from advgui.models.loading import load_classifier
from advgui.pipeline import Pipeline
from advgui.protocols import AsPublished, Corrected
from advgui.scenarios import scenario
from advgui.training import ablation as ablation_training
from advgui.training import adversarial as adversarial_training
from advgui.training import autoencoder as autoencoder_training
from advgui.training import classifier as classifier_training
from advgui.training import denoiser as denoiser_training
from advgui.training import published
from advgui.training import transfer as transfer_training
from advgui.training.autoencoder import VALIDATION_EPSILON, VALIDATION_NOISE
from advgui.training.run import ProgressCallback, history_text
from advgui.types import Link, ProtocolName, Scenario

History = list[dict[str, float]]
Tell = Callable[[str], None]

ROBUST = "robust-classifier"
DENOISER = "denoiser"
# Of PGD, when an adversarially trained network is measured on the test set.
_REPORTED_STEPS = 20


@dataclass(frozen=True)
class Job:
    """One training.

    Attributes:
        name: Of the network and its files.
        command: What to type to do it again.
        recipe: What determines it.
        splits: How many images each split has.
        train: Trains in a folder, or goes on there.
        measure: What the card says of the finished network; tells how far it is.
        class_names: Of a classifier.
        record: Writes down the finished history elsewhere too.
        notes: What the user should know before it begins, a line each.
    """

    name: str
    command: str
    recipe: Mapping[str, Any]
    splits: Mapping[str, int]
    train: Callable[[Path, ProgressCallback], tuple[keras.Model, History]]
    measure: Callable[[keras.Model, History, Tell], dict[str, float]]
    class_names: tuple[str, ...] = ()
    record: Callable[[History], None] = lambda rows: None
    notes: tuple[str, ...] = ()


def carry_out(
    job: Job, folder: Path, output: Path, progress: ProgressCallback, tell: Tell = lambda _: None
) -> cards.Card:
    """Train, measure once on the test set, and write network, card and history.

    Args:
        job: What to do.
        folder: For checkpoint and history while it runs.
        output: The `.keras` file; card and history go beside it.
        progress: Called after every step of the training.
        tell: Called with how far measuring is, where that takes long.

    Returns:
        The card.

    Raises:
        AdvguiError: The data are missing or damaged, or the folder holds another run.
        OSError: A file cannot be written.
    """
    model, rows = job.train(folder, progress)
    metrics = job.measure(model, rows, tell)
    with interruption.held_back():  # network, card and history belong together
        with replacing(output) as path:
            model.save(path)
        history = output.with_suffix(".csv")
        write_atomically(history, history_text(rows))
        card = cards.Card(
            name=job.name,
            sha256=model_files.sha256(output),
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            parameters=model.count_params(),
            class_names=job.class_names,
            data=dict(job.splits),
            metrics=metrics,
            seed=job.recipe["seed"],
            recipe={name: value for name, value in job.recipe.items() if name != "seed"},
            commands=(job.command,),
            history=history.name,
            history_rows=len(rows),
        )
        cards.write(output, card)
        job.record(rows)
    return card


def classifier(data: Path | None, choices: Mapping[str, Any]) -> Job:
    """Prepare the classifier's training; `choices` replace values of the recipe."""
    made = classifier_training.shortened if "epochs" in choices else classifier_training.Recipe
    recipe = made(**choices)
    training, validation = cifar10.load_training(data)

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        test, samples, network = cifar10.load("test", data), cifar10.load_samples(), Network(model)
        return {
            **_validated(rows, validation),
            "test_correct": classifier_training.evaluate(network, test)[1],
            "test_total": len(test),
            "samples_correct": classifier_training.evaluate(network, samples)[1],
            "samples_total": len(samples),
        }

    return Job(
        name="classifier",
        command=f"advgui train classifier{_options(choices)}",
        recipe=asdict(recipe),
        splits=_splits(training, validation),
        train=lambda folder, progress: classifier_training.train(recipe, training, validation, folder, progress),
        measure=measure,
        class_names=training.class_names,
    )


def adversarial(data: Path | None, choices: Mapping[str, Any], classifier_path: Path | None = None) -> Job:
    """Prepare the adversarial training of the classifier; `choices` replace values of the recipe.

    Args:
        data: Where CIFAR-10 is.
        choices: Replace values of the recipe.
        classifier_path: Gives the first weights; the bundled classifier if None.

    Raises:
        AdvguiError: The data or the classifier cannot be used.
    """
    recipe = adversarial_training.shortened(**choices)
    start = _classifier(classifier_path, cifar10.CLASS_NAMES)
    training, validation = cifar10.load_training(data)

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        test, samples, network = cifar10.load("test", data), cifar10.load_samples(), Network(model)
        best = max(rows, key=lambda row: row["validation_pgd"])
        watched = min(adversarial_training.WATCHED, len(validation))
        left, attacked = 0, 0
        target = Classifier(model, training.class_names)
        for right, images in adversarial_training.robust(target, test, recipe.epsilon, _REPORTED_STEPS):
            left, attacked = left + right, attacked + images
            tell(f"PGD with {_REPORTED_STEPS} steps on the test set: {attacked:,} of {len(test):,} images")
        return {
            **_validated([best], validation),
            "validation_pgd_correct": round(best["validation_pgd"] * watched),
            "validation_pgd_total": watched,
            "best_epoch": best["epoch"],
            "collapsed": float(adversarial_training.collapsed(rows)),
            "test_correct": classifier_training.evaluate(network, test)[1],
            "test_total": len(test),
            "test_pgd_correct": left,
            "test_pgd_total": attacked,
            "samples_correct": classifier_training.evaluate(network, samples)[1],
            "samples_total": len(samples),
        }

    options = f" --classifier {shlex.quote(str(classifier_path))}" if classifier_path else ""
    return Job(
        name=ROBUST,
        command=f"advgui train classifier --adversarial{_options(choices)}{options}",
        recipe=asdict(recipe) | {"classifier": start.sha256},
        splits=_splits(training, validation),
        train=lambda folder, progress: adversarial_training.train(
            recipe, start, training, validation, folder, progress
        ),
        measure=measure,
        class_names=training.class_names,
    )


def ablation(data: Path | None, choices: Mapping[str, Any], variant: str, record: Path) -> Job:
    """Prepare the training of a variant of the paper's ablation, measured on the validation images alone."""
    recipe = ablation_training.recipe(choices)
    training, validation = cifar10.load_training(data)
    design = ablation_training.VARIANTS[variant]
    return Job(
        name=f"ablation-{variant}",
        command=f"advgui train classifier --variant {variant}{_options(choices)}",
        recipe=asdict(recipe),
        splits=_splits(training, validation),
        train=lambda folder, progress: classifier_training.train(
            recipe, training, validation, folder, progress, design=design
        ),
        measure=lambda model, rows, tell: _validated(rows, validation),
        class_names=training.class_names,
        record=lambda rows: ablation_training.record(record, variant, asdict(recipe), rows),
    )


def transfer(
    data: Path | None,
    choices: Mapping[str, Any],
    classifier_path: Path | None,
    pictures: Path | None = None,
    side: int = 32,
    reading: Callable[[int, int], None] = lambda done, total: None,
) -> Job:
    """Prepare transfer learning, on CIFAR-10 or on the user's own pictures.

    Args:
        data: Where CIFAR-10 is.
        choices: Replace values of the recipe.
        classifier_path: Gives the convolutions; the bundled classifier if None.
        pictures: A folder with one subfolder for each class, in place of CIFAR-10.
        side: What those pictures are scaled to, in pixels.
        reading: Called with the number of pictures that were looked at, and of all.

    Raises:
        AdvguiError: The data or the classifier cannot be used.
    """
    recipe = transfer_training.shortened(**choices)
    trained = _classifier(classifier_path)
    options = _options(choices) + (f" --classifier {shlex.quote(str(classifier_path))}" if classifier_path else "")
    skipped: tuple[str, ...] = ()
    if pictures is None:
        training, validation = cifar10.load_training(data)
    else:
        found = picture_folder.read(pictures, side, reading)
        skipped = found.skipped
        training, validation = picture_folder.split(found.dataset, recipe.seed)
        options += f" --images {shlex.quote(str(pictures))} --side {side}"

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        counts = _validated(rows, validation)
        if pictures is None:
            test = cifar10.load("test", data)
            counts |= {"test_correct": classifier_training.evaluate(Network(model), test)[1], "test_total": len(test)}
        return counts

    return Job(
        name="transfer" if pictures is None else training.name,
        command=f"advgui train transfer{options}",
        recipe=asdict(recipe) | {"classifier": trained.sha256} | ({"side": side} if pictures else {}),
        splits=_splits(training, validation) | ({"skipped": len(skipped)} if pictures else {}),
        train=lambda folder, progress: transfer_training.train(recipe, trained, training, validation, folder, progress),
        measure=measure,
        class_names=training.class_names,
        notes=skipped,
    )


def autoencoder(data: Path | None, choices: Mapping[str, Any], classifier_path: Path | None) -> Job:
    """Prepare the training of the autoencoder of the protocol *corrected*."""
    made = autoencoder_training.shortened if "epochs" in choices else autoencoder_training.Recipe
    recipe = made(**choices)
    trained = _classifier(classifier_path, cifar10.CLASS_NAMES)
    training, validation = cifar10.load_training(data)

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        pipeline = Pipeline({ProtocolName.CORRECTED: Corrected(trained, Autoencoder(Network(model)))})
        scenarios = {
            "clean": scenario("fgsm", 0.0),
            "gaussian": scenario("gaussian", VALIDATION_NOISE),
            "fgsm": scenario("fgsm", VALIDATION_EPSILON),
        }
        return _measured(pipeline, data, scenarios)

    return Job(
        name="autoencoder",
        command=f"advgui train autoencoder{_options(choices)}",
        recipe=asdict(recipe) | {"classifier": trained.sha256},
        splits=_splits(training, validation),
        train=lambda folder, progress: autoencoder_training.train(
            recipe, trained, training, validation, folder, progress
        ),
        measure=measure,
    )


def denoiser(data: Path | None, choices: Mapping[str, Any], classifier_path: Path | None) -> Job:
    """Prepare the further training of the bundled autoencoder as the denoiser of randomized smoothing."""
    recipe = denoiser_training.Recipe(**choices)
    trained = _classifier(classifier_path, cifar10.CLASS_NAMES)
    path = resources.trained() / "autoencoder.keras"
    start, sha256 = model_files.load_autoencoder(path), model_files.sha256(path)
    training, validation = cifar10.load_training(data)

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        pipeline = Pipeline({ProtocolName.CORRECTED: Corrected(trained, Autoencoder(Network(model)))})
        noise = {f"noise_{sigma:g}": scenario("gaussian", sigma) for sigma in denoiser_training.VALIDATION_NOISE}
        return _measured(pipeline, data, noise)

    return Job(
        name=DENOISER,
        command=f"advgui train autoencoder --denoiser{_options(choices)}",
        recipe=asdict(recipe) | {"classifier": trained.sha256, "autoencoder": sha256},
        splits=_splits(training, validation),
        train=lambda folder, progress: denoiser_training.train(
            recipe, trained, start, sha256, training, validation, folder, progress
        ),
        measure=measure,
    )


def published_autoencoder(data: Path | None, choices: Mapping[str, Any], classifier_path: Path | None) -> Job:
    """Prepare the training of a small autoencoder of the protocol *as published*."""
    recipe = published.Recipe(**choices)
    trained = _classifier(classifier_path, cifar10.CLASS_NAMES)
    body = Classifier(
        without_standardizing(trained.model), trained.class_names, trained.name, trained.sha256, trained.bounds
    )
    training, validation = cifar10.load_training(data)
    published_attack = paper.published(recipe.protocol, recipe.attack)
    if published_attack is None:
        raise AdvguiError(
            f"'{recipe.attack}' was not published under the protocol '{recipe.protocol}'. Expected gaussian under "
            f"'{ProtocolName.AS_PUBLISHED}' or '{ProtocolName.AS_PUBLISHED_SCALED}', or fgsm under the first."
        )
    name = published_attack.autoencoder
    untrained = AsPublished(body, recipe.protocol, PublishedRandomization(), lambda name: None)

    def measure(model: keras.Model, rows: History, tell: Tell) -> dict[str, float]:
        trained_for = {name: Autoencoder(Network(model))}
        procedure = AsPublished(body, recipe.protocol, PublishedRandomization(), trained_for.get)
        as_published = scenario(recipe.attack, published_attack.strength, protocol=recipe.protocol)
        return _measured(Pipeline({recipe.protocol: procedure}), data, {recipe.attack: as_published})

    options = {key: value for key, value in choices.items() if key not in ("attack", "protocol")}
    return Job(
        name=f"published-autoencoder-{name}",
        command=(f"advgui train autoencoder --protocol {recipe.protocol} --attack {recipe.attack}{_options(options)}"),
        recipe=asdict(recipe) | {"classifier": trained.sha256},
        splits=_splits(training, validation),
        train=lambda folder, progress: published.train(recipe, untrained, training, validation, folder, progress),
        measure=measure,
    )


def _classifier(path: Path | None, class_names: tuple[str, ...] | None = None) -> Classifier:
    """Open a classifier; with `class_names`, only one that tells these classes apart will do."""
    trained = load_classifier(path or resources.trained() / "classifier.keras")
    reason = "" if class_names is None else mismatch(trained.class_names, class_names)
    if reason:
        raise AdvguiError(reason)
    return trained


def _splits(training: Dataset, validation: Dataset) -> dict[str, int]:
    return {"training": len(training), "validation": len(validation)}


def _validated(rows: History, validation: Dataset) -> dict[str, float]:
    correct = round(rows[-1]["validation_accuracy"] * len(validation))
    return {"validation_correct": correct, "validation_total": len(validation)}


def _options(choices: Mapping[str, Any]) -> str:
    return "".join(f" --{name} {value}" for name, value in choices.items())


def _measured(
    pipeline: Pipeline, data: Path | None, scenarios: Mapping[str, Scenario], batch_size: int = 250
) -> dict[str, float]:
    """Count what the classifier gets right behind the autoencoder, column (c), over the test set and the samples."""
    counts: dict[str, float] = {}
    for split, dataset in {"test": cifar10.load("test", data), "samples": cifar10.load_samples()}.items():
        for name, measured in scenarios.items():
            correct = 0
            for start in range(0, len(dataset), batch_size):
                batch = dataset.select(np.arange(start, min(start + batch_size, len(dataset))))
                prepared = pipeline.prepare(to_float(batch.images), batch.labels, batch.indices)
                chosen = replace(measured, chain=(Link("autoencoder"),))
                correct += int(prepared.run(chosen).correct("autoencoder").sum())
            counts |= {f"{split}_{name}_correct": correct, f"{split}_{name}_total": len(dataset)}
    return counts
