"""What the program is, and whose ideas it shows."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QMainWindow, QWidget

from advgui import __version__
from advgui.gui import presentation
from advgui.gui.actions import commands, keys_of
from advgui.gui.panels import image_panel, inspecting
from advgui.gui.widgets.text_dialog import text_dialog

_ABOUT = f"""
<h2>AdvGUI {__version__}</h2>
<p>Adversarial examples and two mitigations, live: a demonstration for the classroom and the laboratory.</p>
<p>It shows the method of:</p>
<ul>
<li>Junsu Lim (DGIST), <i>How to create adversarial examples and mitigate adversarial effects</i>.</li>
</ul>
<p>which builds on:</p>
<ul>
<li>Goodfellow, Shlens and Szegedy, <i>Explaining and harnessing adversarial examples</i>, ICLR 2015: the fast gradient
sign method (FGSM). <a href="https://arxiv.org/abs/1412.6572">arXiv:1412.6572</a></li>
<li>Xie, Wang, Zhang, Ren and Yuille, <i>Mitigating adversarial effects through randomization</i>, ICLR 2018: the
randomization layer. <a href="https://arxiv.org/abs/1711.01991">arXiv:1711.01991</a></li>
</ul>
<p>What is left of mitigations when the attacker knows them:</p>
<ul>
<li>Athalye, Carlini and Wagner, <i>Obfuscated gradients give a false sense of security</i>, ICML 2018, took the
randomization layer to 0 % accuracy by averaging gradients over 30 draws; mitigations that purify the image fall to
gradients taken through them. <a href="https://arxiv.org/abs/1802.00420">arXiv:1802.00420</a></li>
</ul>
<p>Images: CIFAR-10, Krizhevsky, <i>Learning multiple layers of features from tiny images</i>, 2009. Colours: Okabe
and Ito. Licence: MIT.</p>
"""

# What no action stands for, and no part of the window declares where it takes its keys.
_OTHER_KEYS = (
    ("Remove an opened picture", "Del"),
    ("Choose in the gallery", "arrow keys"),
    ("From one control to the next", "Tab, Shift+Tab"),
    ("Move a slider", "arrow keys, Page Up, Page Down, Home, End"),
    ("Back to the vote", "Esc"),
    ("Take a typed number, back to the gallery", "Enter"),
    ("A control by its underlined letter", "Alt+letter"),
    ("Close a dialog", "Esc"),
)


def about_dialog(parent: QWidget) -> QDialog:
    """Return the dialog about the program, not modal."""
    dialog = text_dialog(parent, "About AdvGUI", _ABOUT, QSize(640, 470))
    icon = QLabel()
    icon.setPixmap(QGuiApplication.windowIcon().pixmap(QSize(72, 72)))
    icon.setAlignment(Qt.AlignmentFlag.AlignTop)
    row = dialog.findChild(QHBoxLayout, "row")
    if row is not None:
        row.insertWidget(0, icon)
    return dialog


def shortcuts(window: QMainWindow) -> list[tuple[str, str]]:
    """Return what each action of a window is called, and its keys: those of the menus first, as they stand there."""
    actions = [*(command.action for command in commands(window)), *window.actions()]
    return [
        (action.iconText().removesuffix("…"), keys_of(action)) for action in actions if not action.shortcut().isEmpty()
    ]


def shortcuts_dialog(parent: QMainWindow) -> QDialog:
    """Return the list of a window's keyboard shortcuts, not modal."""
    parts = (("Panel that has the focus", (*image_panel.KEYS, *inspecting.KEYS)), ("Presentation", presentation.KEYS))
    of_parts = [(f"{part}: {what}", keys) for part, listed in parts for what, keys in listed]
    listed = [*shortcuts(parent), *_OTHER_KEYS, *of_parts]
    rows = "".join(f"<tr><td>{what}&nbsp;&nbsp;</td><td><b>{keys}</b></td></tr>" for what, keys in listed)
    return text_dialog(parent, "Keyboard shortcuts", f"<table cellpadding='3'>{rows}</table>", QSize(640, 660))
