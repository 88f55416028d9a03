"""The other side of `models.quarantine`: tries foreign files, in a process that may hang, swell or crash.

Started as `python -m advgui.trial LIMITS`. Each line of standard input is a request, each line of standard
output an answer to it, both JSON: {"stage": ...} before each step, then {"accepted": facts}, {"refused": text} or
{"swelled": true}. One process can try many files; the parent starts another when one dies.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from advgui.errors import AdvguiError
from advgui.images import TRAINED_SIDE, TRAINED_SIDES
from advgui.models import archive as model_archive
from advgui.models import model_files
from advgui.models.archive import ModelFile, Refusal, telling
from advgui.text import first_line
from advgui.types import FloatArray

if TYPE_CHECKING:
    from advgui.models.classifier import Classifier, Network

Tell = Callable[[str], None]
Facts = dict[str, Any]

_REPETITIONS = 10
_SLOWEST = 3.0  # seconds for one image of 32 px; a window that answers later cannot be played with
# Two images apart and together may differ by rounding, relative to the largest output.
_ROUNDING = 1e-3
_LARGEST_WRITTEN = 640 << 20  # bytes
_CHOOSE_SMALLER = "Choose a smaller model."
_SIZES = f"every size on offer, {TRAINED_SIDES[0]} to {TRAINED_SIDES[-1]} px"
# The share of the memory for one file that earlier ones may have left occupied.
_MOST_WORN = 0.5
_REBUILD = "Rebuild the model so that it treats each image by itself, or choose another file."


def main() -> None:
    """Answer requests until there are no more."""
    limits = json.loads(sys.argv[1])
    answers = _output()
    may_begin = False
    at_first = 0

    def answer(**values: object) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    def conclude(**values: object) -> None:
        # What one file took and did not give back, the next one would lack; and native code that was once without
        # memory may fail later.
        left = _occupied() - at_first
        answer(**values, worn="swelled" in values or left > limits["memory"] * _MOST_WORN)

    for line in sys.stdin.buffer:
        request = json.loads(line)
        kind, name, path = request["kind"], request["name"], Path(request["path"])
        if not may_begin:
            may_begin = True
            if kind in ("classifier", "autoencoder", "model"):
                _prepare_tensorflow()
            # From here on, so that what Python and TensorFlow take themselves does not count.
            at_first = _occupied()
            _limit(at_first + limits["memory"], limits["processor_seconds"])
        try:
            facts = _TRIALS[kind](path, name, lambda text: answer(stage=text))
            if request.get("into"):
                _write_again(path, Path(request["into"]))
        except AdvguiError as error:
            if _ran_out(error):
                conclude(swelled=True)
            else:
                conclude(refused=str(error))
        except MemoryError:
            conclude(swelled=True)
        else:
            conclude(accepted=facts)


def _output() -> IO[str]:
    """Return standard output as a file of our own: what else is written there is thrown away."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _prepare_tensorflow() -> None:
    import tensorflow as tf

    # Each thread takes address space, however many processors there are.
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    import advgui.models.classifier  # noqa: F401 - Keras, and what else is needed


def _occupied() -> int:
    """Return how many bytes of address space this process has; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def _limit(memory: int, processor_seconds: int) -> None:
    """Let this process take no more memory than so much in all, nor more processor time.

    Where there is no `resource` (Windows), and where the system does not heed the limit of the address space (macOS),
    the parent's limit of time remains.
    """
    if sys.platform == "win32":
        import ctypes

        # A process that crashes is to end, not to ask the user what to do.
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002 | 0x8000)
        return
    import resource

    for which, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _LARGEST_WRITTEN),
        # Should the parent be killed, nobody else ends this process.
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_AS, memory),
    ):
        _, most = resource.getrlimit(which)
        least = limit if most == resource.RLIM_INFINITY else min(limit, most)
        with suppress(OSError, ValueError):
            resource.setrlimit(which, (least, least))


def _write_again(path: Path, into: Path) -> None:
    """Write a model that has passed as Keras writes it, so that nobody else need read the foreign HDF5."""
    model_files.load(path).save(into)


def _ran_out(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is a lack of memory."""
    while error is not None:
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            return True
        if any(sign in str(error) for sign in ("bad_alloc", "Cannot allocate memory", "Unable to allocate")):
            return True
        error = error.__cause__ or error.__context__
    return False


# Model files


def _classifier(path: Path, name: str, tell: Tell) -> Facts:
    from advgui.models.classifier import Classifier

    file = _examined(path, name, tell)
    model = model_files.load_classifier(file)
    classes = int(model.output_shape[-1])
    with telling(file.path):
        network = Classifier(model, [""] * classes)
        milliseconds = _tried(lambda images: _logits(network, images, classes), tell)
    return {"kind": "classifier", "classes": classes, "weights": model.count_params(), "milliseconds": milliseconds}


def _autoencoder(path: Path, name: str, tell: Tell) -> Facts:
    from advgui.models.classifier import Network

    file = _examined(path, name, tell)
    model = model_files.load_autoencoder(file)
    with telling(file.path):
        network = Network(model)
        milliseconds = _tried(lambda images: _restored(network, images), tell)
    return {"kind": "autoencoder", "weights": model.count_params(), "milliseconds": milliseconds}


def _model(path: Path, name: str, tell: Tell) -> Facts:
    """Try a file of either kind, which its output tells."""
    model = model_files.load(_examined(path, name, tell))
    is_image = len(model.outputs) == 1 and len(model.outputs[0].shape) == 4
    return (_autoencoder if is_image else _classifier)(path, name, tell)


def _weights(path: Path, name: str, tell: Tell) -> Facts:
    """Read the weights, without building anything."""
    tell("its weights are read")
    return {"kind": "weights", "weights": model_archive.inspect(_named(path, name)).stored}


def _named(path: Path, name: str) -> ModelFile:
    """Read a file under the name that the user knows."""
    return replace(ModelFile.read(path), path=Path(name))


def _examined(path: Path, name: str, tell: Tell) -> ModelFile:
    """Return a file after a look at everything in it."""
    tell("its weights are read")
    file = _named(path, name)
    model_archive.inspect(file)
    tell("it is built")
    return file


def _tried(run: Callable[[FloatArray], FloatArray], tell: Tell) -> float:
    """Compute images of every size, alone and together, again and again.

    Args:
        run: From float32 images (N, H, W, 3) to N outputs; refuses those that are not as they have to be.
        tell: Told each stage.

    Returns:
        Milliseconds for one image of 32 px.

    Raises:
        Refusal: With what went wrong.
    """
    random = np.random.default_rng(1)
    pair = random.random((2, TRAINED_SIDE, TRAINED_SIDE, 3), np.float32)
    for side in TRAINED_SIDES:
        tell(f"it computes an image of {side}x{side} px")
        try:
            run(random.random((1, side, side, 3), np.float32))
        except (Refusal, AdvguiError):
            raise
        except Exception as error:  # TensorFlow raises whatever it likes
            if _ran_out(error):
                raise
            raise Refusal(
                f"it cannot compute an image of {side}x{side} px ({first_line(error)})",
                f"answers for {_SIZES}",
                "Build it with fewer poolings, or choose another model.",
            ) from error
    # Pictures have such sizes too. Not to be able to is no fault; to end the process is.
    tell("it computes an elongated image")
    for height, width in ((8, 128), (128, 8), (8, 8)):
        with suppress(Exception):
            run(random.random((1, height, width, 3), np.float32))

    tell("it computes two images together")
    apart = np.concatenate([run(pair[:1]), run(pair[1:])])
    if not _agree(apart, run(pair)):
        raise Refusal(
            "its answer for an image depends on the other images of the batch",
            "the same answer whether images are computed apart or together",
            _REBUILD,
        )
    tell(f"it computes an image {_REPETITIONS} times")
    times = []
    for _ in range(_REPETITIONS):
        started = time.perf_counter()
        again = run(pair[:1])
        times.append(time.perf_counter() - started)
        if times[-1] > _SLOWEST and statistics.median(times) > _SLOWEST:
            break
        if not _agree(again, apart[:1]):
            raise Refusal(
                "it gives another answer for the same image each time", "the same answer", "Choose another model."
            )
    seconds = statistics.median(times)
    if seconds > _SLOWEST:
        raise Refusal(
            f"it takes {seconds:.1f} s for an image of {TRAINED_SIDE} px",
            f"at most {_SLOWEST:.0f} s",
            _CHOOSE_SMALLER,
        )
    return seconds * 1000


def _agree(one: FloatArray, other: FloatArray) -> bool:
    return np.allclose(one, other, rtol=0, atol=_ROUNDING * float(np.abs(one).max()))


def _logits(network: "Classifier", images: FloatArray, classes: int) -> FloatArray:
    """Return the logits, after a look at the loss gradient."""
    logits = network.logits(images)
    _check_shape(logits, (len(images), classes))
    gradient = network.loss_gradient(images, np.zeros(len(images), np.int64))
    if not np.isfinite(logits).all():
        raise Refusal("it gives outputs that are NaN or infinite", "finite numbers", model_files.DIVERGED)
    if not np.isfinite(gradient).all():
        raise Refusal(
            "the gradient of its loss is NaN or infinite",
            "finite numbers, which attacks are made of",
            "Rebuild the model without square roots, logarithms or divisions at zero, or choose another file.",
        )
    return logits


def _restored(network: "Network", images: FloatArray) -> FloatArray:
    """Return what an autoencoder makes of images."""
    restored = network(images)
    _check_shape(restored, images.shape)
    if not np.isfinite(restored).all():
        raise Refusal("it gives outputs that are NaN or infinite", "finite numbers", model_files.DIVERGED)
    return restored


def _check_shape(output: FloatArray, expected: tuple[int, ...]) -> None:
    if output.shape != expected:
        raise Refusal(
            f"it gives outputs of shape {output.shape} for {expected[0]} images", f"shape {expected}", _REBUILD
        )


# Other files


def _picture(path: Path, name: str, tell: Tell) -> Facts:
    from advgui.images import load_picture

    tell("it is decoded")
    picture = load_picture(path, name)
    height, width = picture.pixels.shape[:2]
    return {"kind": "picture", "width": width, "height": height, "note": picture.note}


def _report(path: Path, name: str, tell: Tell) -> Facts:
    from advgui.reports import storage

    tell("it is read")
    report = storage.load(path)
    return {
        "kind": "report",
        "data": report.dataset,
        "images": report.images,
        "runs": len(report.runs),
        "complete": report.complete,
    }


_TRIALS: dict[str, Callable[[Path, str, Tell], Facts]] = {
    "classifier": _classifier,
    "autoencoder": _autoencoder,
    "model": _model,
    "weights": _weights,
    "picture": _picture,
    "report": _report,
}

if __name__ == "__main__":
    main()
