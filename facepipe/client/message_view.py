"""Messages as a person reads them: a few lines each, with photos as their sizes and long texts cut."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from facepipe.client.messages import LookedAt, QueueLook
from facepipe.client.terminal_text import shown

RESULT_CHARACTERS = 1_000  #: of a result; a longer one is shortened as a body is
BODY_CHARACTERS = 300  #: of a body, once its photos are sizes
TEXT_CHARACTERS = 60  #: of one text in it, or of one attribute
IMAGE_CHARACTERS = 80  #: a shorter text is taken for no photo
KINDS = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WebP", b"GIF8": "GIF", b"BM": "BMP"}


def show_look(look: QueueLook, why: Mapping[str, str], console: Console) -> None:
    """Print the messages of a queue; `why` has the reasons of the dead ones by their ids."""
    for message in look.messages:
        console.print(_heading(message, look.now), soft_wrap=False)
        for line in _details(message, why.get(message.id, "")):
            console.print(line, soft_wrap=False)
    left = look.count - len(look.messages)
    if left > 0:
        console.print(shown(f"and {left} more; --limit shows up to 1000", "dim"))
    if look.remark and look.messages:
        console.print(shown(look.remark, "yellow"))


def shortened(body: str) -> str:
    """Return a body in one line: pictures in base64 as their kinds and sizes, long texts cut."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return _cut(_picture(body) or body, BODY_CHARACTERS)
    if not isinstance(content, dict | list):
        return _cut(body, BODY_CHARACTERS)
    return _cut(json.dumps(_without_long_texts(content), ensure_ascii=False), BODY_CHARACTERS)


def shown_result(result: str) -> str:
    """Return a result as a person reads it: whole, unless it is very long."""
    return result if len(result) <= RESULT_CHARACTERS else shortened(result)


def size(count: int) -> str:
    """Return a number of bytes as a person says it."""
    if count < 1 << 10:
        return f"{count} B"
    if count < 1 << 20:
        return f"{count / (1 << 10):.1f} KB" if count < 100 << 10 else f"{count / (1 << 10):.0f} KB"
    return f"{count / (1 << 20):.1f} MB"


def _heading(message: LookedAt, now: float) -> Text:
    facts = [f"received {message.received} times" if message.received != 1 else "received once"]
    if message.sent_at:
        facts.append(f"{_age(now - message.sent_at)} old")
    if message.hidden_until > now:
        facts.append(f"{message.state or 'hidden'} until {_clock(message.hidden_until)}")
    elif message.state:
        facts.append(message.state)
    facts.append(size(message.size_bytes))
    return Text.assemble(shown(message.id, "bold"), "\n  ", shown(", ".join(facts)))


def _details(message: LookedAt, why: str) -> list[Text]:
    lines = [_line("body", shortened(message.body))]
    if message.attributes:
        pairs = (f"{name}={_attribute(value)}" for name, value in message.attributes.items())
        lines.append(_line("attributes", "  ".join(pairs)))
    group = message.system_attributes.get("MessageGroupId")
    if group:
        lines.append(_line("group", group))
    if message.source:
        lines.append(_line("dead letter of", message.source))
    if why:
        lines.append(_line("died of", why, "red"))
    return lines


def _line(what: str, text: str, style: str = "") -> Text:
    return Text.assemble("  ", shown(f"{what}: ", "dim"), shown(text, style))


def _attribute(value: Mapping[str, Any]) -> str:
    if "BinaryValue" in value:
        binary = value["BinaryValue"]
        count = len(binary) if isinstance(binary, bytes) else len(binary) * 3 // 4
        return f"<{size(count)}>"
    return _cut(str(value.get("StringValue", "")), TEXT_CHARACTERS)


def _without_long_texts(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _without_long_texts(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_without_long_texts(value) for value in content]
    if isinstance(content, str):
        return _picture(content) or _cut(content, TEXT_CHARACTERS)
    return round(content, 3) if isinstance(content, float) else content


def _picture(text: str) -> str:
    """Return the kind and size of a picture in base64; empty for other texts."""
    if len(text) < IMAGE_CHARACTERS:
        return ""
    data = text.partition(";base64,")[2] if text.startswith("data:") else text
    try:
        start = base64.b64decode(data[:16], validate=True)
    except (binascii.Error, ValueError):
        return ""
    kind = next((name for magic, name in KINDS.items() if start.startswith(magic)), "")
    return f"<{kind}, {size(len(data) * 3 // 4)}>" if kind else ""


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({size(len(text.encode('utf-8', 'replace')))})"


def _age(seconds: float) -> str:
    for most, unit, length in ((120, "s", 1), (7_200, "min", 60), (172_800, "h", 3_600)):
        if seconds < most:
            return f"{max(seconds, 0) / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
