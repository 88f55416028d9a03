"""The menus of the window."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from advgui.gui.widgets.theme import CHOICES

if TYPE_CHECKING:
    from advgui.gui.main_window import MainWindow


def build(window: "MainWindow") -> dict[str, QAction]:
    """Fill the menu bar.

    Returns:
        The actions that others may want to find, by name.
    """
    bar = window.menuBar()
    keys = QKeySequence.StandardKey
    named: dict[str, QAction] = {}

    def add(
        menu: QMenu, name: str, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | str, slot: object
    ) -> None:
        action = menu.addAction(text)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(slot)
        named[name] = action

    file = bar.addMenu("&File")
    add(file, "open", "&Open picture…", keys.Open, window.file_opening.ask_for_pictures)
    add(file, "open-folder", "Open &folder of pictures…", "", window.file_opening.ask_for_folder)
    add(file, "save", "&Save panels…", keys.Save, window.saver.save)
    file.addSeparator()
    add(file, "open-experiment", "Open e&xperiment…", "Ctrl+Shift+E", window.experiments.ask_to_open)
    add(file, "save-experiment", "Save ex&periment…", "Ctrl+Shift+S", window.experiments.ask_to_save)
    file.addMenu(window.experiments.recent)
    file.addSeparator()
    add(file, "classifier", "Open &classifier…", "Ctrl+Shift+O", window.file_opening.ask_for_classifier)
    add(file, "built-in", "&Use the built-in classifier", "", window.use_built_in_classifier)
    named["built-in"].setEnabled(False)
    file.addSeparator()
    add(file, "plugin", "Open plu&g-in…", "", window.plugins.choose)
    add(file, "new-plugin", "&New plug-in…", "", window.plugins.choose_new)
    file.addMenu(window.plugins.menu)
    file.addSeparator()
    add(file, "dataset", "&Data set…", "Ctrl+Shift+D", window.full_set.open_dialog)
    file.addSeparator()
    add(file, "quit", "&Quit", "Ctrl+Q", window.close)

    edit = bar.addMenu("&Edit")
    undo = window.session.undo_stack.createUndoAction(window, "&Undo")
    undo.setShortcut(QKeySequence(keys.Undo))
    redo = window.session.undo_stack.createRedoAction(window, "&Redo")
    redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
    # Their texts change with what there is to undo; these stay.
    undo.setIconText("Undo")
    redo.setIconText("Redo")
    edit.addActions([undo, redo])
    named |= {"undo": undo, "redo": redo}
    edit.addSeparator()
    add(edit, "copy", "&Copy panels", keys.Copy, window.saver.copy)
    add(edit, "copy-command", "Copy as c&ommand", "", window.experiments.copy_command)
    add(edit, "copy-python", "Copy as P&ython", "", window.experiments.copy_python)
    add(edit, "paste", "&Paste picture", keys.Paste, window.file_opening.paste)
    edit.addSeparator()
    edit.addActions([window.controls.randomness.draw_action, window.controls.reset_action])

    view = bar.addMenu("&View")
    gallery = window.gallery
    view.addActions([gallery.previous_action, gallery.next_action, gallery.random_action, gallery.index_action])
    view.addSeparator()
    view.addAction(window.looking.action)
    named["looking"] = window.looking.action
    add(view, "training", "Tr&aining…", "Ctrl+L", window.open_training)
    view.addSeparator()
    colors = view.addMenu("&Theme")
    group = QActionGroup(window)
    for choice in CHOICES:
        action = colors.addAction(f"&{choice.capitalize()}")
        action.setCheckable(True)
        action.setChecked(choice == window.theme.choice)
        action.triggered.connect(partial(_set_theme, window, choice))
        group.addAction(action)
        named[f"theme-{choice}"] = action
    fooled = view.addAction("Mark &fooled thumbnails")
    fooled.setCheckable(True)
    fooled.setChecked(True)
    fooled.toggled.connect(window.marking.set_on)
    named["mark-fooled"] = fooled
    add(view, "layout", "Reset &layout", "", window.reset_layout)
    view.addActions(window.zoom.actions)
    full = view.addAction("&Full screen")
    full.setShortcut(QKeySequence("F11"))
    full.setCheckable(True)
    full.toggled.connect(window.set_full_screen)
    add(view, "next-area", "Next part of the &window", "F6", window.areas.go_on)
    add(view, "previous-area", "Previous part of the window", "Shift+F6", window.areas.go_back)
    present = view.addAction("&Presentation")
    present.setShortcut(QKeySequence("F5"))
    present.setCheckable(True)
    present.toggled.connect(window.set_presenting)
    leave = QAction("Leave full screen", window)
    leave.setShortcut(QKeySequence("Esc"))
    leave.setEnabled(False)  # Escape is free for other things while there is nothing to leave
    leave.triggered.connect(window.step_back)
    window.addAction(leave)
    for action in (full, present):
        action.toggled.connect(lambda: leave.setEnabled(full.isChecked() or present.isChecked()))
    named |= {"full-screen": full, "presentation": present, "leave-full-screen": leave}

    attack = bar.addMenu("&Attack")
    attack.addActions([window.play.action, window.playback.hold, window.playback.step])
    attack.setToolTipsVisible(True)
    named |= {"play": window.play.action, "hold": window.playback.hold, "step": window.playback.step}

    evaluate = bar.addMenu("Eva&luate")
    add(evaluate, "evaluation", "&Batch evaluation…", "Ctrl+E", window.open_evaluation)

    bar.addMenu(window.lesson_menu.menu)

    help_menu = bar.addMenu("&Help")
    help_menu.addActions(window.explaining.actions)
    add(help_menu, "shortcuts", "&Keyboard shortcuts", keys.HelpContents, window.show_shortcuts)
    add(help_menu, "about", "&About AdvGUI", "", window.show_about)
    return named


def _set_theme(window: "MainWindow", choice: str, _checked: bool = False) -> None:
    for known in CHOICES:
        if known == choice:
            window.set_theme(known)
