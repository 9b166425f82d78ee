import re

import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.settings import read_settings
from seismomag.operate.sources.folder import FolderPlan
from seismomag.operate.working_directory import TEMPLATE


@pytest.fixture
def declare(small_world):
    def write(text, old=r"\[\[sources\]\]\nkind = \"folder\".*?\n\n"):
        path = small_world / "operate.toml"
        path.write_text(re.sub(old, lambda _: text + "\n", path.read_text(), count=1, flags=re.S))
        return read_settings(small_world)

    return write


def test_one_table_of_a_folder_works_as_ever(declare, small_world):
    settings = declare('[source]\nroot = "sent"\nsettle_s = 5.0\n')
    (source,) = settings.sources
    assert source.plan == FolderPlan(root=small_world / "sent", settle_s=5.0, period_s=1.0)
    assert (source.kind, source.name, source.is_remote) == ("folder", "folder sent", False)
    assert declare("", old=r"\[source\].*?\n\n").sources[0].plan.root.name == "incoming"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "gin"\norientatoin = "XYZF"', r"operate.toml:\d+.*did you mean 'orientation'"),
        ('kind = "magic"', r"operate.toml:\d+: sources.kind: 'magic' is none of folder, hapi"),
        ('kind = "gin"\norientation = "XZY"', "orientation 'XZY' is none of"),
        ('kind = "gin"\nurl = "ftp://x"', "no http"),
        ('kind = "gin"\nurl = "https://u:p@example.org"', "no login|must carry no login"),
        ('kind = "hapi"', "needs dataset"),
        ('kind = "hapi"\ndataset = "{kode}"', "another word"),
        ('kind = "usgs"\nelements = ["D"]', "three or four"),
        ('kind = "sftp"\nhost = "x"\nuser = "y"', "pattern"),
        ('kind = "sftp"\nhost = "x"\nuser = "y"\npattern = "{code}"', "known_hosts"),
        ('kind = "folder"\npattern = "../{code}"', "below the root"),
        ('kind = "folder"\nstations = ["XXX"]', "XXX is no station of yours"),
        ('kind = "folder"\nstations = "ALR"', "expected a list of codes"),
        ('kind = "folder"\nstations = ["ALR"]', "station KPY has no source"),
    ],
)
def test_mistakes_are_named(declare, text, message):
    with pytest.raises(ConfigError, match=message):
        declare(f"[[sources]]\n{text}\n")


def test_codes_that_a_service_cannot_have_are_refused_at_once(declare, small_world):
    (small_world / "stations.csv").write_text(
        "station_code,latitude_deg,longitude_deg\nALORX,-8.14,124.59\n"
    )
    with pytest.raises(ConfigError, match="'ALORX' must be 3 or 4 letters"):
        declare('[[sources]]\nkind = "gin"\n')


def test_one_table_and_several_are_not_mixed(declare):
    with pytest.raises(ConfigError, match=r"\[source\] and \[\[sources\]\]"):
        declare('[source]\nroot = "a"\n[[sources]]\nkind = "gin"\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[space_weather]\nkp = ["gfs"]', "'gfs' is none of gfz"),
        ('[space_weather]\ndst = ["gfz"]', "'gfz' is none of kyoto, swpc"),
        ('[space_weather]\nkps = ["gfz"]', "did you mean 'kp'"),
        ('[events]\nservices = ["emsc"]', "'emsc' is none of usgs, fdsn, bmkg"),
        ('[events]\nservices = ["fdsn"]', "needs its address"),
        ("[events]\ndays_back = 0", "1..366"),
    ],
)
def test_mistakes_about_the_network_are_named(declare, text, message):
    name = text[1 : text.index("]")]
    with pytest.raises(ConfigError, match=message):
        declare(text + "\n", old=rf"\[{name}\].*?\n\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run_minuts = 3", "did you mean 'run_minutes'"),
        ("give_up_after = 0", "give_up_after >= 1"),
        ("attempts = 0", "attempts must be positive"),
    ],
)
def test_mistakes_about_fetching_are_named(declare, text, message):
    with pytest.raises(ConfigError, match=message):
        declare(f'[[sources]]\nkind = "folder"\n[fetch]\n{text}\n')


def test_every_line_that_the_template_offers_may_be_taken(small_world):
    """Each commented section, uncommented, is a configuration that is read."""
    offered = re.findall(r"(?m)^# \[\[?([a-z_]+)\]\]?[^\n]*\n((?:# [^\n]*\n)*)", TEMPLATE)
    names = [name for name, _ in offered]
    assert names.count("sources") == 4
    assert {"fetch", "labels", "mail", "webhook"} <= set(names)
    (small_world / "known_hosts").write_text("")
    (small_world / "id_ed25519").write_text("")
    (small_world / "ca.pem").write_text("")
    (small_world / "stations.csv").write_text(
        "station_code,latitude_deg,longitude_deg\n"
        + "".join(f"{code},0,120\n" for code in ("ALR", "KPY", "KAK", "WIC", "BOU"))
    )
    path = small_world / "operate.toml"
    plain = re.sub(r"(?m)^# (\[|[a-z_]+ = )", r"\1", TEMPLATE)
    path.write_text(plain)
    settings = read_settings(small_world)
    kinds = [source.kind for source in settings.sources]
    assert kinds == ["folder", "sftp", "gin", "hapi", "usgs"]
    assert settings.space_weather.urls == {"gfz": "https://mirror.example.org/kp"}
    assert settings.fetch.ca_file == small_world / "ca.pem"
    assert settings.mail is not None
