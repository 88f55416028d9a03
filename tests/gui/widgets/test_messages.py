import sys
import threading

import pytest
from PySide6.QtCore import QThread, QtMsgType
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui.widgets import messages
from advgui.gui.widgets.messages import Banner, Level, Message


def test_a_message_is_posted_once(posted: list[Message]) -> None:
    messages.info("saved")
    messages.warning("not found")
    messages.error("broken")
    assert [(message.level, message.text) for message in posted] == [
        (Level.INFO, "saved"),
        (Level.WARNING, "not found"),
        (Level.ERROR, "broken"),
    ]


def test_a_message_from_another_thread_reaches_a_widget_on_the_gui_thread(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    seen: list[QThread] = []
    original = banner._show_newest

    def show_newest() -> None:
        seen.append(QThread.currentThread())
        original()

    banner._show_newest = show_newest  # type: ignore[method-assign]
    thread = threading.Thread(target=messages.error, args=("from afar",))
    with qtbot.waitSignal(messages.bus().posted):
        thread.start()
    thread.join()
    qtbot.waitUntil(lambda: banner.message is not None)
    assert seen == [banner.thread()]


def test_errors_for_the_user_are_shown_as_they_are() -> None:
    assert messages.explained(AdvguiError("Choose another file.")) == "Choose another file."


def test_other_errors_say_that_the_program_goes_on() -> None:
    text = messages.explained(KeyError("x"))
    assert "KeyError" in text
    assert "goes on" in text


def test_errors_of_the_system_name_the_file() -> None:
    assert messages.explained(PermissionError(13, "Permission denied", "/a/b")) == "Permission denied (/a/b)."


def test_uncaught_exceptions_of_every_thread_are_posted(
    qtbot: QtBot, posted: list[Message], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for owner, name in ((sys, "excepthook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(messages, "qInstallMessageHandler", lambda _: None)
    messages.install_hooks()

    def fails() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    problem = ValueError("in the main thread")
    sys.excepthook(type(problem), problem, None)
    qtbot.waitUntil(lambda: len(posted) == 2)
    texts = " ".join(message.text for message in posted)
    assert "in a thread" in texts
    assert "in the main thread" in texts
    assert "RuntimeError: in a thread" in caplog.text


@pytest.mark.parametrize("kind", [QtMsgType.QtDebugMsg, QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg])
def test_what_qt_says_goes_to_the_log(kind: QtMsgType, posted: list[Message], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    messages._on_qt_message(kind, None, "a note of Qt")  # type: ignore[arg-type]
    assert "a note of Qt" in caplog.text
    assert posted == []


def test_the_banner_is_hidden_until_there_is_something_to_say(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    messages.warning("look")
    assert not banner.isHidden()
    assert "look" in banner.label.text()
    banner.close_button.click()
    assert banner.isHidden()


def test_the_newest_message_is_shown_and_older_ones_come_back(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    for text in ("first", "second", "first", "second"):
        messages.error(text)
    assert "second" in banner.label.text()
    assert "1 more" in banner.label.text()
    banner.dismiss()
    assert "first" in banner.label.text()
    assert "more" not in banner.label.text()
    banner.dismiss()
    assert banner.message is None
    assert banner.isHidden()


def test_a_note_does_not_come_back_but_what_it_covered_does(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    messages.error("broken")
    messages.info("saved")
    assert banner.message == Message(Level.INFO, "saved")
    messages.warning("look")
    assert banner.message == Message(Level.WARNING, "look")
    banner.dismiss()
    assert banner.message == Message(Level.ERROR, "broken")


def test_a_flood_of_messages_stays_bounded(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    for number in range(5000):
        messages.error(f"error {number}")
    assert "19 more" in banner.label.text()
    assert len(messages.bus().recent) <= 100
    for number in range(4999, 4979, -1):
        assert banner.message == Message(Level.ERROR, f"error {number}")
        banner.dismiss()
    assert banner.message is None


def test_a_note_goes_by_itself_after_six_seconds(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner._note_ends.interval() == 6000
    monkeypatch.setattr(messages, "NOTE_MILLISECONDS", 1)
    quick = Banner()
    qtbot.addWidget(quick)
    messages.error("broken")
    messages.info("saved")
    assert quick.message == Message(Level.INFO, "saved")
    with qtbot.waitSignal(quick._note_ends.timeout):
        pass
    assert quick.message == Message(Level.ERROR, "broken")
    assert not quick._note_ends.isActive()
    assert banner.message == Message(Level.INFO, "saved")


def test_the_time_of_an_older_note_does_not_cut_a_newer_message_short(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    messages.info("saved")
    messages.error("broken")
    banner._note_ends.timeout.emit()
    assert banner.message == Message(Level.ERROR, "broken")


def test_a_success_takes_back_the_errors_of_its_kind_alone(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    messages.error("cannot be used", "classifier")
    messages.warning("too many pictures", "picture")
    messages.info("used now", "classifier")
    messages.settle("classifier")
    assert banner.message == Message(Level.INFO, "used now", "classifier")
    banner.dismiss()
    assert banner.message == Message(Level.WARNING, "too many pictures", "picture")
    assert "more" not in banner.label.text()
    messages.settle("picture")
    assert banner.isHidden()


def test_a_dialogs_messages_are_in_the_dialog_while_it_is_on_screen(qtbot: QtBot, posted: list[Message]) -> None:
    dialog, main = QWidget(), Banner()
    own = messages.Bus(dialog)
    banner = Banner(own, dialog)
    qtbot.addWidget(main)
    qtbot.addWidget(dialog)
    dialog.show()
    own.warning("look here")
    assert banner.isVisible()
    assert "look here" in banner.label.text()
    assert main.message is None
    dialog.hide()
    own.error("nobody would see this")
    assert main.message == Message(Level.ERROR, "nobody would see this")
    assert posted == [main.message]
