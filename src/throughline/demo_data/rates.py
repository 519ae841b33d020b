"""How often each thing that makes customers hard to match happens, and who says so."""

from __future__ import annotations

from dataclasses import dataclass

# The length of the demo's time line in years: what changes "a year" changes twice as often.
YEARS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Probabilities and means of the people model; docs/demo-data.md gives the sources in full."""

    # -- Who the people are ----------------------------------------------------------------------
    # Eurostat 2017: 33.6 % of households have one person, 31.9 % two, 15.6 % three, 13.1 % four,
    # 5.8 % five or more. That a further adult is a customer too: assumption.
    household_sizes: tuple[float, ...] = (0.336, 0.319, 0.156, 0.131, 0.058)
    second_is_customer: float = 0.40
    third_is_customer: float = 0.10
    # CDC/NCHS, NHIS January to June 2021: 68.0 % of adults live in homes with mobiles alone.
    landline: float = 0.32
    # Pew Research Center 2014: 27 % of couples who are online share an e-mail account.
    shared_mailbox: float = 0.27
    # CDC/NCHS 2014: 33.9 twin births in 1,000 births; applied to grown-up children at home.
    twins: float = 0.0339
    named_after_parent: float = 0.06  # assumption
    nickname_known: float = 0.45  # assumption: who has a usual short form, of those who could
    second_email: float = 0.25  # assumption: a further private address, used now and then

    # -- What changes, a year --------------------------------------------------------------------
    # US Census Bureau 2013: 11.7 % moved within a year.
    moves: float = 0.117
    # FCC 2018: over 35 million numbers are disconnected a year in the USA. Set against its more
    # than 400 million assigned numbers, that is about one in twelve: assumption.
    changes_mobile: float = 0.08
    # Return Path/NFO 2002 found 31 % a year; Magill shows why that is too high today. A quarter
    # of it: assumption.
    changes_email: float = 0.08
    # About 12 in 1,000 women marry in a year (assumption, from about 6 marriages in 1,000
    # inhabitants); Pew Research Center 2023: 79 % of married women took the husband's name.
    marries: float = 0.012
    takes_partners_name: float = 0.79

    # -- How values are written, for each record -------------------------------------------------
    # Just et al. 2016 (398,939 confirmed duplicates): misspellings are 53 % of the differences in
    # given names and 34 % of those in family names; swapped names come next. How many records
    # hold one: assumption.
    name_typo: float = 0.025
    names_swapped: float = 0.012
    # Pollock and Zamora 1983: 90 to 95 % of misspellings hold a single mistake.
    second_typo: float = 0.07
    # ZeroBounce (4 billion addresses): 1 to 3 % of collected addresses have a mistyped domain.
    # The upper end, for the local part is mistyped too.
    email_typo: float = 0.03
    phone_typo: float = 0.025  # assumption
    street_typo: float = 0.03  # assumption
    birth_date_typo: float = 0.015  # assumption: day and month swapped, or another year
    # Saez-Ortuno et al. 2023 (7 million registrations): 5.86 % hold falsified data; a third of
    # that for the e-mail address and a third for the telephone.
    junk_value: float = 0.0195
    nickname_written: float = 0.30  # assumption: of the records of who has a nickname
    umlaut_spelt_out: float = 0.15  # assumption: Mueller for Müller
    umlaut_dropped: float = 0.08  # assumption: Muller for Müller
    pinyin_swapped: float = 0.25  # assumption: given name before family name, or the reverse
    one_surname: float = 0.35  # assumption: Spanish people who write the first surname alone
    shared_mailbox_used: float = 0.35  # assumption: by the one whose mailbox it is not mainly
    second_email_used: float = 0.20  # assumption
    landline_given: tuple[float, float] = (0.6, 0.2)  # assumption: its main user, the others
    own_number_at_work: float = 0.35  # assumption: contacts who give it, not the switchboard
    shared_address_at_work: float = 0.12  # assumption: contacts who give info@
    email_left_empty: float = 0.40  # assumption: by clerks, for private partners
    phone_left_empty: float = 0.20  # assumption: likewise

    # -- What the channels hold, means for each person (assumptions: a small trading company) ----
    has_account: float = 0.68
    # AHIMA, Building an Enterprise Master Person Index: 10 % duplicates in hospitals' indexes;
    # Gallagher 2016: about 5 % of 700,000 records of a physicians' group, kept by clerks.
    second_account: float = 0.10
    duplicate_partner: float = 0.05
    orders: float = 1.0
    guest_order: float = 0.33
    lines: float = 1.6
    is_private_partner: float = 0.38
    companies: float = 0.055
    contacts: float = 0.14
    invoices: float = 1.0
    conversations: float = 0.68
    calls: float = 1.42
    clid_name: float = 0.15  # most trunks deliver a number and no name
    outbound_call: float = 0.18
    # Who calls or writes from a number or address that they never gave us.
    unknown_number: float = 0.07
    unknown_address: float = 0.07
