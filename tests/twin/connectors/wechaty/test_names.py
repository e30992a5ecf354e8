from twin.connectors.wechaty.names import waits_for_scan


def test_only_a_code_that_still_waits_is_shown() -> None:
    assert [waits_for_scan(status) for status in range(6)] == [True, True, True, False, False, True]
