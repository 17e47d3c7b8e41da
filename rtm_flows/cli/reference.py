"""The reference of the command line: every command and its arguments, written from the code.

In: the parser. Out: Markdown. It is laid out here and not by argparse, whose layout depends on the
width of the terminal and the version of Python.
"""

from __future__ import annotations

import argparse

from rtm_flows.cli.arguments import parser

_HEAD = """\
# The command line

Every command of `rtm`. Written from the code by `make reference`: change the help, not this page.
`rtm COMMAND --help` says the same.

Exit status: 0 where all went well, 1 for a run that failed, 2 for arguments or a configuration that
cannot be used; of `rtm diff` as it says below.
"""


def page() -> str:
    """Return the page.

    Examples
    --------
    >>> "## `rtm replay`" in page()
    True
    """
    return _HEAD + "".join(_section(command) for command in _commands(parser()))


def _commands(top: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices.values())
    return []


def _section(command: argparse.ArgumentParser) -> str:
    actions = [one for one in command._actions if not isinstance(one, argparse._HelpAction)]
    usage = " ".join([command.prog, *map(_in_usage, actions)])
    rows = "".join(f"| `{_name(one)}` | {_said(one)} |\n" for one in actions)
    text = (command.description or "").strip()
    return (
        f"\n## `{command.prog}`\n\n```text\n{usage}\n\n{text}\n```\n\n"
        f"| argument | meaning |\n|---|---|\n{rows}"
    )


def _name(action: argparse.Action) -> str:
    named = action.option_strings[-1:]
    return " ".join([*named, *([_value(action)] if action.nargs != 0 else [])])


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return f"{{{','.join(map(str, action.choices))}}}"
    return str(action.metavar or action.dest.upper())


def _in_usage(action: argparse.Action) -> str:
    name = _name(action)
    if isinstance(action.nargs, int) and action.nargs > 1:
        return " ".join([name] * action.nargs)
    optional = not action.required or action.nargs == "?"
    return f"[{name}]" if optional else name


def _said(action: argparse.Action) -> str:
    said = (action.help or "").replace("|", "\\|")
    return f"{said} (required)" if action.option_strings and action.required else said
