"""Edge lists in and out: any ids, both directions, and every line that was left out is told."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import errors
from sim.graph import describe, edges, files, grow
from sim.graph.reading import Finding
from sim.kernels import links


def links_of(graph):
    """(follower, followee) by name."""
    names = graph.labels if graph.labels is not None else range(graph.accounts)
    return {(names[int(v)], names[u]) for u in range(graph.accounts) for v in graph.row(u)}


def written(tmp_path, text, name="g.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("direction", ["follows", "influences"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_direction_decides_who_follows_whom(tmp_path, direction, suffix):
    names = files.NAMES[direction][0]
    table = pd.DataFrame([("ann", "bob"), ("cem", "bob"), ("ann", "cem")], columns=list(names))
    path = tmp_path / f"g{suffix}"
    if suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    graph, report = files.open_graph(path, direction)
    found = links_of(graph)
    expected = {("ann", "bob"), ("cem", "bob"), ("ann", "cem")}
    assert found == (expected if direction == "follows" else {(b, a) for a, b in expected})
    assert report.clean
    assert report.links == 3
    assert report.accounts == 3


def test_source_and_target_may_follow_and_columns_may_be_named(tmp_path):
    path = written(tmp_path, "weight,target,source\n1,bob,ann\n")
    assert links_of(files.open_graph(path, "follows")[0]) == {("ann", "bob")}
    assert links_of(files.open_graph(path, "influences")[0]) == {("bob", "ann")}
    named, _ = files.read_edges(path, "influences", columns=("target", "source"))
    assert links_of(named) == {("ann", "bob")}


def test_everything_left_out_is_counted_with_its_line(tmp_path):
    text = (
        "follower,followee,weight\n"
        "1,2,x\n"  # line 2
        "1,2,y\n"  # 3: duplicate
        "3,3,x\n"  # 4: loop
        ",2,x\n"  # 5: blank
        "4,  ,x\n"  # 6: blank
        "1;2\n"  # 7: malformed
        "2,1,x\n"  # 8: fine, the other way round
        "\n"  # 9: blank
        '1,"2",z\n'  # 10: duplicate
        "9,2,x,too,many\n"  # 11: malformed
        "3,1,x\n"  # 12
    )
    graph, report = files.open_graph(written(tmp_path, text), "follows")
    assert links_of(graph) == {(1, 2), (2, 1), (3, 1)}
    assert report.duplicates == Finding(2, (3, 10))
    assert report.self_loops == Finding(1, (4,))
    assert report.blank == Finding(3, (5, 6, 9))
    assert report.malformed == Finding(2, (7, 11))
    assert report.rows == 11
    assert report.links == 3
    assert not report.clean
    said = "\n".join(report.lines())
    for part in (
        "2 lines left out: they repeat an earlier link (line 3, 10)",
        "follow themselves (line 4)",
        "blank id (line 5, 6, 9)",
        "line 7, 11",
    ):
        assert part in said


def test_rows_of_parquet_are_counted_from_one(tmp_path):
    table = pd.DataFrame({"follower": [5, 5, None, 7], "followee": [6, 6, 6, 7]})  # pandas makes it floats
    table.to_parquet(tmp_path / "g.parquet")
    graph, report = files.open_graph(tmp_path / "g.parquet", "follows")
    assert links_of(graph) == {(5, 6)}
    assert (report.unit, report.duplicates, report.blank, report.self_loops) == (
        "row",
        Finding(1, (2,)),
        Finding(1, (3,)),
        Finding(1, (4,)),
    )


@pytest.mark.parametrize(
    "ids",
    [
        [10**12, 5, -3],
        ["007", "7", "x"],
        ["a b", 'quo"te', "ÅÄÖ微博"],
        [2.5, 1.5, 7.25],
        ["NA", "null", "nan"],
        [True, False, 3],
    ],
)
def test_ids_of_any_kind(tmp_path, ids):
    table = pd.DataFrame({"follower": [str(ids[0]), str(ids[2])], "followee": [str(ids[1]), str(ids[1])]})
    table.to_csv(tmp_path / "g.csv", index=False)
    graph, report = files.open_graph(tmp_path / "g.csv", "follows")
    assert {(str(a), str(b)) for a, b in links_of(graph)} == set(table.itertuples(index=False, name=None))
    assert report.accounts == 3


def test_whole_numbers_are_numbers_and_leading_zeros_are_texts(tmp_path):
    numbers, _ = files.open_graph(written(tmp_path, "follower,followee\n12,3\n"), "follows")
    assert links_of(numbers) == {(12, 3)}
    texts, _ = files.open_graph(written(tmp_path, "follower,followee\n012,3\n"), "follows")
    assert links_of(texts) == {("012", "3")}


def test_unknown_accounts_are_left_out_and_attributes_kept(tmp_path):
    path = written(tmp_path, "follower,followee\n1,2\n1,77\n3,2\n88,2\n")
    known = written(
        tmp_path, "id,role,fee,community\n1,,,north\n2,kol,900.5,south\n3,fan,,north\n4,,,south\n", "known.csv"
    )
    graph, report = files.open_graph(path, "follows", accounts=known)
    assert links_of(graph) == {(1, 2), (3, 2)}
    assert report.unknown == Finding(2, (3, 5))
    assert report.accounts == 4
    view = graph.view()
    assert view.nodes[2] == {"role": "kol", "fee": 900.5, "community": "south"}
    assert view.nodes[4] == {"community": "south"}
    assert graph.communities == 2
    assert list(view) == [1, 3, 2, 4]


def test_byte_order_mark_and_windows_lines(tmp_path):
    graph, report = files.open_graph(written(tmp_path, b"\xef\xbb\xbffollower,followee\r\n1,2\r\n3,2\r\n"), "follows")
    assert links_of(graph) == {(1, 2), (3, 2)}
    assert report.clean


@pytest.mark.parametrize(
    ("text", "direction", "parts"),
    [
        ("", "follows", ["g.csv", "empty"]),
        ("follower,followee\n", "follows", ["g.csv", "no links"]),
        ("follower,followee\n1,1\n", "follows", ["no links", "1 rows"]),
        ("a,b\n1,2\n", "follows", ["g.csv", "no column 'follower'", "'a', 'b'", "'follower, followee'"]),
        ("follower\n1\n", "follows", ["no column 'followee'"]),
        ("1,2\n2,3\n", "follows", ["no column", "first line"]),
        ("follower,followee\n1,2\n", "influences", ["g.csv", "the opposite", "source, target"]),
        ("follower,followee\n1,2\n", "folows", ["g.csv", "'folows'", "'follows' and 'influences'"]),
        ("follower,followee\n1,2\n", None, ["no direction is given", "'follows' and 'influences'"]),
        (b"follower,followee\n\xff\xfe\x00,2\n", "follows", ["g.csv", "line 2", "UTF-8"]),
        (b"\xff\xfea\x00,\x00b", "follows", ["line 1", "UTF-8"]),
        (gzip.compress(b"follower,followee\n1,2\n", mtime=0), "follows", ["g.csv", "UTF-8"]),
    ],
)
def test_a_bad_file_gets_one_clear_message(tmp_path, text, direction, parts):
    path = written(tmp_path, text)
    with pytest.raises(errors.UserError) as told:
        files.open_graph(path, direction)
    for part in parts:
        assert part in str(told.value)


def test_bad_paths_get_one_clear_message(tmp_path):
    written(tmp_path, "follower,followee\n1,2\n", "friends.csv")
    with pytest.raises(errors.UserError, match=r"friend\.csv: no such file\. Did you mean friends\.csv"):
        files.open_graph(tmp_path / "friend.csv", "follows")
    with pytest.raises(errors.UserError, match=r"suffix '\.xlsx' is not known; allowed are \.csv"):
        files.open_graph(tmp_path / "g.xlsx", "follows")
    with pytest.raises(errors.UserError, match=r"manifest\.json"):
        files.open_graph(tmp_path)
    written(tmp_path, "no parquet", "g.parquet")
    with pytest.raises(errors.UserError, match="Parquet"):
        files.open_graph(tmp_path / "g.parquet", "follows")
    pd.DataFrame({"a": [1], "b": [2]}).to_parquet(tmp_path / "h.parquet")
    with pytest.raises(errors.UserError, match="no column 'source'; found 'a', 'b'"):
        files.open_graph(tmp_path / "h.parquet", "influences")
    known = written(tmp_path, "id\n1\n1\n", "known.csv")
    with pytest.raises(errors.UserError, match="line 3: the id 1 stands in the table twice"):
        files.open_graph(tmp_path / "friends.csv", "follows", accounts=known)
    with pytest.raises(errors.UserError, match="no column 'id'"):
        files.open_graph(tmp_path / "friends.csv", "follows", accounts=tmp_path / "friends.csv")


@pytest.mark.parametrize("name", ["g.csv", "g.tsv", "g.parquet", "g.graphml", "g.gexf", "folder"])
@pytest.mark.parametrize("word", ["follows", "influences"])
def test_written_and_read_again(tmp_path, name, word):
    graph = grow.grow(links.Growth(accounts=400, mean_followers=6.0, community_size=100))
    files.write(graph, tmp_path / name, word)
    again, _ = files.open_graph(tmp_path / name, "influences" if name.endswith(("ml", "gexf")) else word)
    assert again.links == graph.links > 2_000
    assert links_of(again) == links_of(graph)
    assert [path.name for path in tmp_path.iterdir()] == [name]  # nothing half-written is left


def test_convert_goes_from_any_form_to_any_other(tmp_path):
    path = written(tmp_path, "source,target\nann,bob\nann,cem\n", "links.csv")
    graph, report = files.convert(path, tmp_path / "g.parquet", "influences")
    assert report.links == 2
    assert links_of(graph) == {("bob", "ann"), ("cem", "ann")}
    table = pd.read_parquet(tmp_path / "g.parquet")
    assert list(table.columns) == ["follower", "followee"]
    assert set(table["followee"]) == {"ann"}
    files.convert(tmp_path / "g.parquet", tmp_path / "folder", "follows")
    again, none = files.convert(tmp_path / "folder", tmp_path / "g.csv", write_direction="influences")
    assert none is None
    assert links_of(again) == links_of(graph)
    assert sorted((tmp_path / "g.csv").read_text().replace('"', "").split()) == ["ann,bob", "ann,cem", "source,target"]
    with pytest.raises(errors.UserError, match="exists already"):
        files.convert(path, tmp_path / "g.parquet", "influences")
    with pytest.raises(errors.UserError, match="does not exist"):
        files.convert(path, tmp_path / "absent" / "g.csv", "influences")
    with pytest.raises(errors.UserError, match="sideways"):
        files.convert(path, tmp_path / "h.csv", "influences", write_direction="sideways")


pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=60)


@given(pairs)
def test_cleaning_keeps_exactly_the_different_links(found):
    followed, follower = np.array(found).T
    communities = np.arange(13) % 3
    cleaned = edges.from_edges(followed, follower, 13, communities=communities)
    graph = cleaned.graph
    assert links_of(graph) == {(b, a) for a, b in found if a != b}
    loops = [k for k, (a, b) in enumerate(found) if a == b]
    assert cleaned.self_loops.tolist() == loops
    firsts = {pair: k for k, pair in reversed(list(enumerate(found)))}
    repeats = [k for k, (a, b) in enumerate(found) if a != b and firsts[a, b] != k]
    assert cleaned.duplicates.tolist() == repeats
    assert graph.links + len(loops) + len(repeats) == len(found)
    for u in range(13):
        assert (np.diff(graph.row(u)) > 0).all()
        assert graph.labels[u] % 3 == graph.community_of(u)


def test_communities_are_found_and_the_search_is_repeatable():
    graph = grow.grow(links.Growth(accounts=900, mean_followers=8.0, community_size=300, homophily=0.95))
    shuffled = np.random.default_rng(1).permutation(900)
    followed = shuffled[np.repeat(np.arange(900), graph.follower_counts())]
    follower = shuffled[graph.followers]
    found = edges.find_communities(followed, follower, 900)
    assert 2 <= found.max() <= 4
    truth = np.empty(900, int)
    truth[shuffled] = np.arange(900) // 300
    table = pd.crosstab(truth, found).to_numpy()
    assert table.max(axis=0).sum() > 0.95 * 900
    np.testing.assert_array_equal(found, edges.find_communities(followed, follower, 900))


@pytest.mark.parametrize(
    ("name", "accounts", "links_", "reciprocity", "transitivity"),
    [("graph_weibo_aminer", 4_921, 106_290, 0.078, 0.030), ("graph_sinanet", 3_467, 30_282, 0.107, 0.028)],
)
def test_real_weibo_graphs(data, name, accounts, links_, reciprocity, transitivity):
    """The figures that the data folder states for them."""
    graph, report = files.open_graph(data / "graphs" / f"{name}.parquet", "follows")
    assert (graph.accounts, graph.links, report.clean) == (accounts, links_, True)
    assert graph.communities > 3
    found = describe.describe(graph)
    assert abs(found["reciprocity"] - reciprocity) < 0.0006
    assert abs(found["transitivity"] - transitivity) < 0.0006
    row = grow.audience(graph, key=1, followers=1_000)
    assert np.unique(row).size == 1_000
