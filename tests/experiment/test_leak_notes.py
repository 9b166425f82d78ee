"""What a table of strangers could not tell is said, in the terminal and on the page."""

import numpy as np
import pandas as pd

from seismomag.cli.leak_commands import check_tables


def test_unreadable_dates_are_counted_in_terminal_and_page(tmp_path, capsys):
    path, page = tmp_path / "t.csv", tmp_path / "p.html"
    days = pd.date_range("2021-01-01", periods=60).strftime("%Y-%m-%d")
    rows = pd.DataFrame({"station": "AAA", "date": days, "label": np.arange(60) % 5 == 0})
    rows.replace("2021-01-03", "03/01/2021").to_csv(path, index=False)
    assert check_tables([path], page=page) in (0, 3)
    said = "column date: 1 of 60 dates unreadable, such as '03/01/2021' in row 3"
    assert f"note: {said}" in capsys.readouterr().out
    assert "1 of 60 dates unreadable" in page.read_text(encoding="utf-8")
