"""`customer`: one customer, with where each value came from and all that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home
from throughline.errors import ConfigurationError, UnknownNameError

if TYPE_CHECKING:
    from uuid import UUID

    from throughline.home import Home
    from throughline.store import Connection


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("customer")(customer)


def customer(
    email: Annotated[str | None, typer.Option(help="By e-mail address.")] = None,
    phone: Annotated[
        str | None, typer.Option(help="By telephone number, as people write it.")
    ] = None,
    customer_id: Annotated[
        str | None, typer.Option("--id", help="By customer id; a retired id finds its successor.")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Also why its records are one, and who was refused.")
    ] = False,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show a customer: values, sources, timeline.

    Each value of the golden record with the source it came from, and the rule that chose it.
    """
    from contextlib import closing  # noqa: PLC0415  # when it runs

    from throughline.cli.customer_page import as_json, print_page  # noqa: PLC0415
    from throughline.cli.show import console, print_json  # noqa: PLC0415
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    if sum(value is not None for value in (email, phone, customer_id)) != 1:
        raise ConfigurationError("name a customer by one of --email, --phone and --id")
    loaded = open_home(home, only=())
    with store_errors(), closing(open_store(loaded)) as connection:
        found = _found(loaded, connection, email=email, phone=phone, customer_id=customer_id)
        if json:
            print_json([as_json(connection, one, why=why) for one in found])
            return
        screen = console()
        for one in found:
            print_page(screen, connection, one, why=why)


def _found(
    home: Home,
    connection: Connection,
    *,
    email: str | None,
    phone: str | None,
    customer_id: str | None,
) -> list[UUID]:
    from throughline.customers import customer as read_customer  # noqa: PLC0415  # when it runs
    from throughline.customers import find_customers  # noqa: PLC0415

    if customer_id is not None:
        one = _uuid(customer_id)
        if read_customer(connection, one) is None:
            raise UnknownNameError("customer with the id", customer_id)
        return [one]
    contact = email if email is not None else _e164(phone or "", home.defaults.region)
    found = find_customers(connection, contact)
    if not found:  # the value itself may be personal: it is not repeated
        kind = "e-mail address" if email is not None else "telephone number"
        raise ConfigurationError(f"no customer has this {kind}")
    return found


def _uuid(text: str) -> UUID:
    from uuid import UUID  # noqa: PLC0415  # when it runs

    try:
        return UUID(text)
    except ValueError:
        raise ConfigurationError(f"--id {text}: expected a customer id, a UUID") from None


def _e164(text: str, region: str | None) -> str:
    """Read a number as normalising does, so that any spelling finds what came of it."""
    from throughline.normalise.phones import phone  # noqa: PLC0415  # when it runs

    number = phone(text, region)
    if number is None:
        raise ConfigurationError("--phone: expected a telephone number, +49… or as dialled")
    return number
