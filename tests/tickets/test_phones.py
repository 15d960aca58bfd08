import pytest

from common.errors import InvalidInput
from tickets import phones


@pytest.mark.parametrize(
    ("text", "national", "stored"),
    [
        ("13800138000", "13800138000", "+8613800138000"),
        ("138 0013 8000", "13800138000", "+8613800138000"),
        ("138-0013-8000", "13800138000", "+8613800138000"),
        ("+86 138 0013 8000", "13800138000", "+8613800138000"),
        ("8613800138000", "13800138000", "+8613800138000"),
        ("013800138000", "13800138000", "+8613800138000"),
        ("１３８００１３８０００", "13800138000", "+8613800138000"),
        ("幺三八零零一三八零零零", "13800138000", "+8613800138000"),
        ("19900001111", "19900001111", "+8619900001111"),
        ("0571-88886666", "0571-88886666", "+8657188886666"),
        ("(0571)88886666", "0571-88886666", "+8657188886666"),
        ("57188886666", "0571-88886666", "+8657188886666"),
        ("010 8888 6666", "010-88886666", "+861088886666"),
        ("0999-1234567", "0999-1234567", "+869991234567"),
        ("0571-88886666转801", "0571-88886666转801", "+8657188886666;ext=801"),
        ("0571-88886666-801", "0571-88886666转801", "+8657188886666;ext=801"),
        ("057188886666 分机 801", "0571-88886666转801", "+8657188886666;ext=801"),
    ],
)
def test_a_number_that_exists_is_taken_in_whatever_form(text, national, stored):
    phone = phones.parse(text)
    assert (phone.national, phone.stored) == (national, stored)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "phone_not_a_number"),
        ("不知道", "phone_not_a_number"),
        ("+-()", "phone_not_a_number"),
        ("13800138000a", "phone_not_a_number"),
        ("1380013800", "phone_too_short"),
        ("138001380001", "phone_too_long"),
        ("0571-8888666", "phone_too_short"),
        ("0999-12345678", "phone_too_long"),
        ("010-888866667", "phone_too_long"),
        ("88886666", "phone_area_code_missing"),
        ("8888666", "phone_area_code_missing"),
        ("12800138000", "phone_unknown"),
        ("4008123123", "phone_not_reachable"),
        ("10086", "phone_not_reachable"),
        ("110", "phone_not_reachable"),
        ("+85291234567", "phone_foreign"),
        ("0085291234567", "phone_foreign"),
    ],
)
def test_a_number_that_cannot_be_called_is_refused_with_its_reason(text, problem):
    assert phones.check(text) == problem
    with pytest.raises(InvalidInput) as refused:
        phones.parse(text)
    assert refused.value.code == problem


@pytest.mark.parametrize("text", ["13800138000", "0571-88886666", "0571-88886666转801"])
def test_what_is_stored_reads_back_as_it_was_said(text):
    assert phones.readable(phones.parse(text).stored) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的电话是13800138000谢谢", ["13800138000"]),
        ("电话138 0013 8000，3栋502", ["13800138000"]),
        ("座机0571-88886666转801找我", ["0571-88886666转801"]),
        ("打01088886666或者139-0013-9000", ["010-88886666", "13900139000"]),
        ("打0571 8888 6666 13800138000", ["0571-88886666", "13800138000"]),
        ("手机１３８００１３８０００", ["13800138000"]),
        ("工单20260213-0007", []),
        ("8号3栋502", []),
        ("1380013800", []),
        ("机身码860123456789012", []),
        ("2026-03-10 20:30", []),
    ],
)
def test_numbers_are_found_anywhere_in_a_sentence_and_nothing_else_is(text, found):
    assert [one.phone.national for one in phones.find_phones(text)] == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("是1380013800", "phone_too_short"),
        ("李雷", "phone_not_a_number"),
        ("打8号", "phone_not_a_number"),
        ("88886666啊", "phone_area_code_missing"),
    ],
)
def test_an_answer_without_a_usable_number_gets_the_reason_of_its_likeliest_part(text, problem):
    assert phones.problem_in(text) == problem


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800138000", "138****8000"),
        ("+8613800138000", "138****8000"),
        ("0571-88886666转801", "0571-****6666"),
        ("0999-1234567", "0999-***4567"),
        ("+8657188886666;ext=801", "0571-****6666"),
        ("", ""),
        ("找我老婆要", "****"),
    ],
)
def test_a_shown_number_hides_its_middle(text, masked):
    assert phones.mask(text) == masked
