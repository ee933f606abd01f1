"""What only the SQLite index promises: locks, full disks, threads, processes, huge posts, old and broken files."""

import multiprocessing
import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.errors import Misconfigured, Unavailable
from store.search import IndexedPost, SearchQuery
from store.sqlite_search import CUT_CHARACTERS, SEARCHED_CHARACTERS, TYPED_CHARACTERS, SqliteSearchIndex
from tests.factories import DESK, make_assessment, make_post

PROCESSES = multiprocessing.get_context("spawn")


def entry(text: str, native_id: str) -> IndexedPost:
    return IndexedPost(make_post(text, native_id), make_assessment(0.1))


def total(index: SqliteSearchIndex, words: str) -> int:
    return index.search(SearchQuery(DESK, words)).total


def put_many(path: Path, name: str, posts: int) -> None:
    index = SqliteSearchIndex(path)
    for n in range(posts):
        index.put([entry(f"{name}の{n}番", f"{name}{n}"), entry("共通の投稿", f"common{n}")])
    index.close()


def fill_small_disk(path: Path, limit: int, done: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    index = SqliteSearchIndex(path)
    kept = 0
    try:
        while True:
            index.put([entry(f"{kept}番の投稿" * 20, f"n{kept}")])
            kept += 1
    except Unavailable as error:
        done.write_text(f"{kept} {error}")
    index.close()


def test_nothing_is_opened_before_the_first_call(tmp_path: Path) -> None:
    SqliteSearchIndex(tmp_path / "missing" / "index.sqlite3").close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        SqliteSearchIndex(tmp_path / "missing" / "index.sqlite3").count()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(Misconfigured, match=r"index\.sqlite3"):
        SqliteSearchIndex(path).count()


def test_an_index_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    index = SqliteSearchIndex(path)
    index.put([entry("残る", "1")])
    index.close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE search_format SET format = 999")
    connection.close()
    with pytest.raises(Misconfigured, match="999"):
        SqliteSearchIndex(path).put([entry("入らない", "2")])
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM search_posts").fetchone() == (1,)
    connection.close()


def test_a_file_locked_for_too_long_is_unavailable_and_nothing_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    index = SqliteSearchIndex(path, busy_seconds=0.05)
    index.put([entry("最初", "1")])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        index.put([entry("次", "2")])
    assert total(index, "最初") == 1, "readers go on while another writes"
    other.execute("ROLLBACK")
    other.close()
    index.put([entry("次", "2")])
    assert index.count() == 2
    index.close()


def test_a_full_disk_is_unavailable_and_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path, done = tmp_path / "index.sqlite3", tmp_path / "done"
    process = PROCESSES.Process(target=fill_small_disk, args=(path, 400_000, done))
    process.start()
    process.join(60)
    kept = int(done.read_text().split()[0])
    assert kept > 10
    index = SqliteSearchIndex(path)
    assert index.count() == kept
    assert total(index, "投稿") == kept
    index.put([entry(f"{kept}番の投稿", f"n{kept}")])
    assert total(index, f"{kept}番") == 1
    index.close()


def test_processes_that_start_and_write_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    processes = [PROCESSES.Process(target=put_many, args=(path, name, 40)) for name in ("甲", "乙", "丙")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    index = SqliteSearchIndex(path)
    assert index.count() == 3 * 40 + 40
    assert total(index, "共通") == 40
    assert total(index, "乙の") == 40
    index.close()


def test_threads_share_one_index(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.sqlite3")

    def work(name: str) -> None:
        for n in range(15):
            index.put([entry(f"{name}の{n}番", f"{name}{n}")])
            assert total(index, f"{name}の") == n + 1

    with ThreadPoolExecutor(10) as pool:
        for result in [pool.submit(work, name) for name in "甲乙丙丁戊己庚辛壬癸"]:
            result.result()
    assert index.count() == 150
    index.close()


def test_posts_of_megabytes_are_kept_whole_and_searched_to_the_stated_length(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.sqlite3")
    hundred_kilobytes = "日本語の長い投稿。" * 3_800 + "末尾の目印"
    inside = "あいうえお。" * (CUT_CHARACTERS // 6 + 1) + "語の後の標識"
    ten_megabytes = ("x" * SEARCHED_CHARACTERS)[:-3] + "境目内" + "外側" + "y" * 9_000_000
    for n, text in enumerate((hundred_kilobytes, inside, ten_megabytes)):
        index.put([entry(text, f"n{n}")])
        kept = index.get(DESK, make_post(text, f"n{n}").revision_id)
        assert kept is not None
        assert kept.post.text == text
    assert [total(index, words) for words in ("目印", "標識", "境目内", "外側")] == [1, 1, 1, 0]
    index.close()


def test_a_very_long_word_is_compared_to_the_stated_length(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.sqlite3")
    start = "".join(chr(0x4E00 + n) for n in range(TYPED_CHARACTERS))
    index.put([entry(start + "前", "1"), entry(start[:-1] + "後", "2")])
    assert total(index, start + "違") == 1
    assert total(index, start[:-1]) == 2
    index.close()


def test_thousands_of_words_are_one_query(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.sqlite3")
    words = " ".join(f"語{n}" for n in range(3000))
    index.put([entry(words, "1"), entry(words[:-1], "2")])
    assert total(index, words) == 1
    index.close()
