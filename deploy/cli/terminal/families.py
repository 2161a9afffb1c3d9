"""Commands that are imported only to be run: `fabriques` starts quickly whatever a family imports."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from deploy.cli.terminal.examples import tell_examples
from deploy.frozen import loading


@dataclass(frozen=True, slots=True)
class Family:
    """`module` holds one Typer application; `command` names one of its commands, or nothing for all of it."""

    module: str
    help: str
    command: str = ""


class LazyGroup(TyperGroup):
    """A group that knows some commands by name and one line only. Subclasses say which in `families`."""

    families: ClassVar[dict[str, Family]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *self.families]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        family = self.families.get(cmd_name)
        return (
            TyperCommand(cmd_name, help=family.help)
            if family
            else super().get_command(ctx, cmd_name)
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        family = self.families.get(args[0])
        if family is None:
            for name in self.families:  # so that a typing mistake finds them all
                self.commands.setdefault(name, TyperCommand(name))
            return super().resolve_command(ctx, args)
        command = _loaded(args[0], family)
        tell_examples(command, (*ctx.command_path.split()[1:], args[0]))
        return args[0], command, args[1:]


def _loaded(name: str, family: Family) -> Any:
    try:
        with loading():
            module = import_module(family.module)
    except ModuleNotFoundError as error:
        raise typer.BadParameter(
            f"`{name}` is not part of this installation ({error.name} is missing)"
        ) from None
    application = next(value for value in vars(module).values() if isinstance(value, typer.Typer))
    application._add_completion = False
    command: Any = typer.main.get_command(application)
    if family.command:
        command = command.commands.get(family.command)
        if command is None:
            raise typer.BadParameter(f"`{name}` is not part of this installation")
    command.name = name
    return command
