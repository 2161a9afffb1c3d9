"""An address becomes a point, by a service that whoever runs the pages names; without one nobody is asked.

It speaks as the search of the *Base Adresse Nationale* does: `?q=…&limit=…`, answered in GeoJSON. What
somebody typed as an address goes to it, and nothing else.
"""

import asyncio
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal
from urllib.parse import urlencode

import h11
import structlog
from pydantic import BaseModel, Field, HttpUrl, ValidationError

ADDRESS_LENGTH_MIN = 3
FOUND_MAX = 6
ANSWER_BYTES_MAX = 200_000
ANSWER_SECONDS_MAX = 4.0
AT_ONCE_MAX = 8
READ_BYTES = 16_384
log = structlog.get_logger()

Degrees = Annotated[float, Field(allow_inf_nan=False)]
Longitude = Annotated[Degrees, Field(ge=-180, le=180)]
Latitude = Annotated[Degrees, Field(ge=-90, le=90)]


class GeocoderAway(Exception):
    """It did not answer in time, or said nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """An address as the service writes it; `commune_code` is of INSEE, also of an arrondissement."""

    label: str
    commune_code: str
    latitude: float
    longitude: float


class _Point(BaseModel):
    type: Literal["Point"]
    coordinates: tuple[Longitude, Latitude]


class _Properties(BaseModel):
    label: str = Field(min_length=1, max_length=300)
    score: Degrees
    citycode: str = Field(pattern=r"^[0-9][0-9AB][0-9]{3}$")


class _Feature(BaseModel):
    geometry: _Point
    properties: _Properties

    @property
    def found(self) -> Found:
        longitude, latitude = self.geometry.coordinates
        return Found(self.properties.label, self.properties.citycode, latitude, longitude)


class _Answer(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[_Feature] = Field(max_length=100)


class Geocoder:
    """`url` is the address of the search. It is the only one that is asked: no redirection is followed."""

    def __init__(self, url: HttpUrl) -> None:
        self._url = url
        self._room = asyncio.Semaphore(AT_ONCE_MAX)

    @property
    def host(self) -> str:
        """As people are told it."""
        return self._url.unicode_host() or ""

    async def find(self, address: str) -> list[Found]:
        """The likeliest first. Raises GeocoderAway."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._room:
                told = _Answer.model_validate_json(await self._answer(address))
        except (OSError, h11.ProtocolError, ValidationError) as error:
            log.warning("geocoder away", cause=type(error).__name__)
            raise GeocoderAway from None
        likeliest = sorted(told.features, key=lambda one: -one.properties.score)
        return [one.found for one in likeliest[:FOUND_MAX]]

    async def _answer(self, address: str) -> bytes:
        assert self._url.host
        host = self._url.host.strip("[]")
        reader, writer = await asyncio.open_connection(host, self._url.port, ssl=self._tls)
        try:
            connection = h11.Connection(h11.CLIENT)
            writer.write(connection.send(self._request(address)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            return await _body(connection, reader)
        finally:
            writer.transport.abort()

    def _request(self, address: str) -> h11.Request:
        asked = urlencode({"q": address, "limit": FOUND_MAX})
        headers = {
            "Host": f"{self._url.host}:{self._url.port}",
            "Accept": "application/json",
            "Connection": "close",
        }
        target = f"{self._url.path or '/'}?{asked}"
        return h11.Request(method="GET", target=target, headers=list(headers.items()))

    @cached_property
    def _tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context() if self._url.scheme == "https" else None


async def _body(connection: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    """Raises OSError for an answer that is no success, or too long."""
    body = b""
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Response) and event.status_code != 200:
            raise ConnectionError
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > ANSWER_BYTES_MAX:
                raise ConnectionError
    return body
