"""New text, quoted text and signature are told from each other, and nothing gets lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline_email.message import message_record
from throughline_email.quotes import split_quotes

INTRODUCTIONS = {
    "English": "On Mon, Jan 1, 2024 at 10:00 AM Bo Li <bo@example.com> wrote:",
    "English, broken": "On Mon, Jan 1, 2024 at 10:00 AM Bo Li <bo@example.com>\nwrote:",
    "English, broken earlier": "On Mon, Jan 1, 2024 at 10:00 AM, Bo Li\n<bo@example.com> wrote:",
    "German": "Am 01.01.2024 um 10:00 schrieb Bo Li:",
    "German, Gmail": "Am Mo., 1. Jan. 2024 um 10:00 Uhr schrieb Bo Li <bo@example.com>:",
    "French": "Le lun. 1 janv. 2024 à 10:00, Bo Li <bo@example.com> a écrit :",
    "Spanish": "El lun, 1 ene 2024 a las 10:00, Bo Li (<bo@example.com>) escribió:",
    "Danish": "Den man. 1. jan. 2024 kl. 10.00 skrev Bo Li <bo@example.com>:",
    "Swedish": "Den mån 1 jan. 2024 kl 10:00 skrev Bo Li <bo@example.com>:",
    "Chinese": "在 2024年1月1日，上午10:00，Bo Li <bo@example.com> 写道：",
    "Chinese, Gmail": "Bo Li <bo@example.com> 于2024年1月1日周一 10:00写道：",
    "Traditional Chinese": "Bo Li <bo@example.com> 於 2024年1月1日 週一 上午10:00寫道：",
    "Italian": "Il giorno lun 1 gen 2024 alle ore 10:00 Bo Li <bo@example.com> ha scritto:",
    "Dutch": "Op ma 1 jan. 2024 om 10:00 schreef Bo Li <bo@example.com>:",
    "Portuguese": "Em seg., 1 de jan. de 2024 às 10:00, Bo Li <bo@example.com> escreveu:",
    "Polish": "W dniu 1.01.2024 o 10:00, Bo Li pisze:",
    "Czech": "Dne 1. 1. 2024 v 10:00 Bo Li napsal(a):",
    "Finnish": "ma 1. tammik. 2024 klo 10.00 Bo Li (bo@example.com) kirjoitti:",
    "Russian": "пн, 1 янв. 2024 г. в 10:00, Bo Li <bo@example.com>:",
    "Japanese": "2024年1月1日(月) 10:00 Bo Li <bo@example.com>:",
    "Hebrew, Gmail": "\u200fבתאריך יום ב׳, 1 בינו׳ 2024 ב-10:00 מאת \u202aBo Li\u202c\u200f"
    " <\u202abo@example.com\u202c\u200f>:\u200f",
    "Turkish": "Bo Li <bo@example.com>, 1 Oca 2024 Pzt, 10:00 tarihinde şunu yazdı:",
    "English, no address": "On 01/01/2024 10:00, Bo Li wrote:",
    "French, no address": "Le 01/01/2024 à 10:00, Bo Li a écrit :",
    "German, a name in lower case": "Am 01.01.2024 um 10:00 Uhr schrieb Bo von der Li:",
    "Polish, a woman": "Dnia 1 stycznia 2024 10:00 Anna Li <a@example.com> napisała:",
    "Russian, a woman": "1 янв. 2024 г. 10:00 пользователь Анна <a@example.com> написала:",
    "iPhone, German": "Von: Bo Li\nDatum: 1. Januar 2024 um 10:00:00\nAn: Shop\nBetreff: Order",
    "Yahoo, German": "Am Montag, 1. Januar 2024 um 10:00:00 MEZ hat Bo Li <bo@example.com>"
    " Folgendes geschrieben:",
    "GMX": 'Gesendet: Montag, 01. Januar 2024 um 10:00 Uhr\nVon: "Bo Li" <bo@example.com>\n'
    "An: shop@example.com\nBetreff: Order",
    "NetEase": "---- 回复的原邮件 ----\n| 发件人 | Bo Li<bo@example.com> |",
    "Outlook, English": "From: Bo Li\nSent: Monday, 1 January 2024 10:00\nTo: Shop\nSubject: Order",
    "Outlook, German": "Von: Bo Li\nGesendet: Montag, 1. Januar 2024\nAn: Shop\nBetreff: Order",
    "Outlook, French": "De : Bo Li\nEnvoyé : lundi 1 janvier 2024\nÀ : Shop\nObjet : Order",
    "Outlook, Spanish": "De: Bo Li\nEnviado el: lunes, 1 de enero\nPara: Shop\nAsunto: Order",
    "Outlook, Chinese": "发件人: Bo Li\n发送时间: 2024年1月1日\n收件人: Shop\n主题: Order",
    "Outlook, Danish": "Fra: Bo Li\nSendt: 1. januar 2024\nTil: Shop\nEmne: Order",
    "Outlook, bold": "*From:* Bo Li\n*Sent:* Monday\n*To:* Shop\n*Subject:* Order",
    "Outlook, ruled": "________________________________\nFrom: Bo Li\nSent: Monday\nTo: Shop",
    "old Outlook": "-----Original Message-----\nFrom: Bo Li",
    "old Outlook, German": "-----Ursprüngliche Nachricht-----\nVon: Bo Li",
    "QQ": "------------------ 原始邮件 ------------------",
    "Gmail, forwarded": "---------- Forwarded message ---------\nFrom: Bo Li",
    "Apple, forwarded": "Begin forwarded message:",
}


@pytest.mark.parametrize("language", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["", "> "])
def test_a_quotation_is_told_by_its_introduction(language: str, mark: str) -> None:
    introduction = INTRODUCTIONS[language]
    text = f"Thank you!\n\n{introduction}\n\n{mark}an old line\n{mark}and another\n"
    body = split_quotes(text)
    assert body.text == "Thank you!"
    assert body.quoted == f"{introduction}\n\n{mark}an old line\n{mark}and another"


@pytest.mark.parametrize("language", INTRODUCTIONS)
def test_an_introduction_right_below_the_text_takes_none_of_it(language: str) -> None:
    body = split_quotes(f"Thank you!\n{INTRODUCTIONS[language]}\n> an old line\n")
    assert body.text == "Thank you!"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote:\nplease send the parts",
        "He said:\n\nNo.",
        "Please deliver from: Berlin\nto: Hamburg",
        "From: my point of view, it is fine.\nTo: be clear, it is.",
        "Our address:\nSome Street 1",
        "--- a heading ---\nsome text",
        "I paid 10:00 yesterday\nand then: nothing",
        "Das schrieb ich schon am Montag:\nbitte liefern",
        "Article 2024: 3 pieces\nArticle 2025: 4 pieces",
        "wie ich Ihnen am 12.03.2026 schrieb:\n\nDie Lieferung ist nicht angekommen.",
        "Der Techniker war um 10:30 da und beschrieb das Problem so:\nDie Pumpe ist defekt.",
        "Am 3.5.2026 unterschrieb ich den Vertrag, darin steht:\nLaufzeit 12 Monate.",
        "Am 3.5.2026 um 10:30 schrieb ich Ihnen:\nBitte liefern.",
        "in 2024 I wrote the following complaint and got no answer:\n\nThe heater is broken.",
        "On 3 May 2026 at 10:30 I wrote:\n\nThe heater is broken.",
        "On 3 May 2026 at 10:30 you wrote:\n\nThe heater is on its way. It is not.",
        "Please book:\n\nFrom: Berlin\nTo: Munich\nDate: 3 May 2026, 10:30\n\nA window seat.",
        "De: Paris\nA: Lyon\nDate: 3 mai\nObjet: colis perdu\n\nBonjour, où est mon colis ?",
    ],
)
def test_what_a_person_wrote_is_not_taken_for_a_quotation(text: str) -> None:
    assert split_quotes(text).quoted == ""
    assert split_quotes(text).text == text


def test_answers_between_quoted_lines_are_new_text() -> None:
    text = "On 1 Jan 2024 at 10:00, Bo wrote:\n> Red?\nYes.\n> Large?\nNo, small.\n"
    body = split_quotes(text)
    assert body.text == "Yes.\nNo, small."
    assert body.quoted == "On 1 Jan 2024 at 10:00, Bo wrote:\n> Red?\n> Large?"


@pytest.mark.parametrize(
    "signature", ["-- \nAnna\nTel. 030 123", "--\nAnna", "Sent from my iPhone"]
)
def test_a_signature_is_told_from_the_text(signature: str) -> None:
    body = split_quotes(f"Thank you!\n\n{signature}\n")
    assert (body.text, body.signature) == ("Thank you!", signature)


def test_a_signature_above_the_quotation_is_told() -> None:
    body = split_quotes("Yes.\n-- \nAnna\n\nAm 01.01.2024 um 10:00 schrieb Bo:\n> Red?")
    assert (body.text, body.signature) == ("Yes.", "-- \nAnna")


def lines_of(text: str) -> list[str]:
    return sorted(line.strip() for line in text.split("\n") if line.strip())


LINES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60),
    st.sampled_from([line for one in INTRODUCTIONS.values() for line in one.split("\n")]),
    st.sampled_from(["", "> quoted", ">> twice", "-- ", "--", "____________", "From: x", "To: y"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=30))
def test_every_line_is_kept_in_exactly_one_place(lines: list[str]) -> None:
    text = "\n".join(lines)
    body = split_quotes(text)
    assert lines_of(f"{body.text}\n{body.quoted}\n{body.signature}") == lines_of(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=20))
def test_a_record_holds_every_line_of_the_message(lines: list[str]) -> None:
    text = "\n".join(lines)
    kind = b"Content-Type: text/plain; charset=utf-8\n"
    record = message_record(kind + b"\n" + text.encode(), "raw:abc")
    kept = "\n".join(str(record.get(name, "")) for name in ("text", "quoted_text", "signature"))
    assert lines_of(kept) == lines_of(text)


@pytest.mark.parametrize(
    "line",
    ["On " + "a b " * 50_000, "> " * 50_000, "-" * 200_000, "From: " * 30_000, "a:\n" * 50_000],
)
def test_a_hostile_text_takes_time_linear_to_its_length(line: str) -> None:
    start = time.process_time()
    split_quotes(line)
    assert time.process_time() - start < 2
