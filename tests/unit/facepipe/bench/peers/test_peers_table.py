from facepipe.bench.peers.peers_table import Column, checks_table, lost, notes, parts_table, table, wrong
from facepipe.bench.peers.topic_result import TopicResult

OWN = Column(
    "facepipe", "1", values={"start": [2.0, 1.0, 9.0], "sends": [2_000.0]}, parts={"emulator": [7.04, 7.0, 9.0]}
)
PEER = Column("ministack", "2", values={"start": [1.5], "sends": [6_000.0]})
LEAST = Column("bare-hops", values={"start": [0.1]})


def test_a_row_has_the_medians_and_the_best_in_bold() -> None:
    assert table([OWN, PEER, LEAST], without="bare-hops") == (
        "|  |  | facepipe 1 | ministack 2 | bare-hops |\n"
        "| --- | --- | ---: | ---: | ---: |\n"
        "| start to first answer | s | 2.00 | **1.50** | 0.10 |\n"
        "| sends by one client | /s | 2,000 | **6,000** | – |\n"
    )


def test_a_row_that_failed_is_no_row_that_is_not_offered() -> None:
    failed = Column("peer", problems={"start": "PeerError: no | answer `here`"})
    assert "| start to first answer | s | **2.00** | fails |" in table([OWN, failed], without="")
    assert list(notes([failed])) == ["peer has no figures of start: `PeerError: no | answer 'here'`"]


def test_a_peer_that_cannot_be_had_has_no_column_and_a_reason() -> None:
    gone = Column("localstack", unavailable="no image")
    assert "localstack" not in table([OWN, gone], without="")
    assert list(notes([gone])) == ["localstack could not be had here: no image"]


def test_a_peer_without_some_rows_says_why_unless_it_could_not_be_had() -> None:
    assert list(notes([Column("moto", lacks="it runs no functions")])) == ["moto: it runs no functions"]
    assert list(notes([Column("moto", unavailable="no index", lacks="it runs no functions")])) == [
        "moto could not be had here: no index"
    ]


def test_lost_rows_are_named_and_won_rows_are_not() -> None:
    slower = Column("other", values={"start": [2.5], "sends": [1_000.0]})
    assert list(lost([OWN, slower], "facepipe", ["other"])) == []
    assert list(lost([OWN, slower, PEER], "facepipe", ["other", "ministack"])) == [
        "start to first answer: facepipe 2.00, ministack 1.50 s",
        "sends by one client: facepipe 2,000, ministack 6,000 /s",
    ]


def test_parts_are_medians_too() -> None:
    assert "| emulator | 7.0 |" in parts_table([OWN, PEER])
    assert "ministack" not in parts_table([OWN, PEER])


def test_what_is_wrong_is_named() -> None:
    checked = Column("peer", checks=[TopicResult("window", 2, {"it waits": "answer: expected [], got ['x']"})])
    assert "| window | 1 of 2 |" in checks_table([checked, OWN])
    assert list(wrong([checked, OWN])) == ["peer, it waits: `answer: expected [], got ['x']`"]
