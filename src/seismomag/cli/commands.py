r"""The commands of seismomag; each imports what it needs only when it is called.

Help texts are read as markup: a bracket that is to be seen is written ``\[``.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from seismomag.cli.operate_app import add_to as add_operation
from seismomag.cli.store_app import store_app

app = typer.Typer(
    name="seismomag",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Do geomagnetic signals precede earthquakes, and can a network see them?",
    epilog="Exit codes: 0 done; 1 internal error; 2 bad input; 3 done, but a leak was found.",
)

labels = typer.Typer(no_args_is_help=True, help="What the label rule of a run means.")
app.add_typer(labels, name="labels")
app.add_typer(store_app, name="store")
add_operation(app)
weights = typer.Typer(no_args_is_help=True, help="Weights from elsewhere.")
app.add_typer(weights, name="weights")


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"seismomag {version('seismomag')}")
        raise typer.Exit


@app.callback()
def begin(
    version_asked: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_say_version, help="Say the version."),
    ] = False,
) -> None:
    """Say the version where asked; everything else is done by the commands."""


Config = Annotated[Path, typer.Argument(help="Configuration of the run (TOML).")]
Folder = Annotated[
    Path | None,
    typer.Option("--run", help="Run folder; runs/NAME beside the working directory by default."),
]


@app.command(epilog="Example: seismomag inspect S250101.ALR.gz --pictures inspected")
def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Files of recordings, or folders of them.")],
    pictures: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("inspected"),
    no_pictures: Annotated[bool, typer.Option("--no-pictures", help="Text only.")] = False,
) -> None:
    """Say what a file of recordings holds and what is wrong with it, with a picture."""
    from seismomag.cli.inspecting import inspect_all

    raise typer.Exit(inspect_all(paths, None if no_pictures else pictures))


@app.command(epilog="Example: seismomag simulate configs/demo.toml")
def simulate(config: Config, run: Folder = None) -> None:
    """Invent a network's catalogue, space weather and, where asked for, its day files."""
    _perform(config, run, "simulate")


@app.command(epilog="Example: seismomag build configs/indonesia.toml --workers 2")
def build(
    config: Config,
    run: Folder = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; those of the configuration by default.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler, tcp://..., instead of processes here.")
    ] = None,
) -> None:
    """Label the days and put their scalograms into the store."""
    from seismomag.cli.running import perform

    changes = {"workers": workers, "scheduler": scheduler}
    raise typer.Exit(perform(config, run, ("simulate", "build"), changes))


@app.command(epilog="Example: seismomag train configs/indonesia.toml --seeds 5 --ablate gpl,gru")
def train(
    config: Config,
    run: Folder = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each arm.")] = 1,
    ablate: Annotated[
        str, typer.Option(help="Arms beside the full network: gpl,gru,multitask,components.")
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted comparison.")
    ] = False,
    track: Annotated[str, typer.Option(help="tensorboard or mlflow, where installed.")] = "",
) -> None:
    """Train the network on the training rows; select and calibrate on validation."""
    if seeds == 1 and not ablate and not track:
        _perform(config, run, "train")
    from seismomag.cli.model_commands import train_several

    raise typer.Exit(
        train_several(config, run, n_seeds=seeds, ablate=ablate, resume=resume, track=track)
    )


@app.command(epilog="Example: seismomag search configs/indonesia.toml --trials 20")
def search(
    config: Config,
    run: Folder = None,
    trials: Annotated[int, typer.Option(min=1, help="Plans to try.")] = 20,
) -> None:
    """Search training plans on validation (needs the extra 'search')."""
    from seismomag.cli.model_commands import search as work

    raise typer.Exit(work(config, run, n_trials=trials))


@app.command(epilog="Example: seismomag forecast configs/demo.toml")
def forecast(config: Config, run: Folder = None) -> None:
    """Forecast the validation and test rows, with the network and every baseline."""
    _perform(config, run, "forecast")


@app.command(epilog="Example: seismomag inject configs/indonesia.toml")
def inject(config: Config, run: Folder = None) -> None:
    """Inject signals into raw test days without a target; see what the run's network recovers."""
    from seismomag.cli.running import perform_injection

    raise typer.Exit(perform_injection(config, run))


@app.command(
    epilog="Examples: seismomag audit theirs.csv --columns map.toml; with a catalogue as judge: "
    "seismomag audit theirs.csv --columns map.toml --catalogue usgs.csv --stations stations.csv "
    "--rule rule.toml"
)
def audit(
    what: Annotated[
        Path, typer.Argument(help="Configuration of a run (TOML), or anybody's forecasts (CSV).")
    ],
    run: Folder = None,
    columns: Annotated[
        Path | None, typer.Option(help="TOML that says what the columns of the CSV mean.")
    ] = None,
    catalogue: Annotated[
        list[Path] | None, typer.Option(help="Lists of earthquakes to judge the CSV by.")
    ] = None,
    stations: Annotated[Path | None, typer.Option(help="CSV of the stations.")] = None,
    rule: Annotated[Path | None, typer.Option(help=r"TOML with a table \[labels].")] = None,
    out: Annotated[Path, typer.Option(help="Folder for page, JSON and tables.")] = Path("audited"),
    seed: Annotated[int, typer.Option(help="Of the resampling.")] = 0,
) -> None:
    """Judge the forecasts of a run, or a table of anybody's forecasts."""
    from seismomag.cli.audit_commands import audit_forecasts, is_config

    if is_config(what):
        _perform(what, run, "audit")
    raise typer.Exit(
        audit_forecasts(
            what,
            columns=columns,
            catalogue=catalogue or (),
            stations=stations,
            rule=rule,
            out=out,
            seed=seed,
        )
    )


@app.command(epilog="Example: seismomag claims --recall 1.0 --precision 0.615 --n 28")
def claims(
    recall: Annotated[float, typer.Option(help="As published, 0 to 1.")],
    precision: Annotated[float, typer.Option(help="As published, 0 to 1.")],
    n: Annotated[int | None, typer.Option(help="Cases; searched for when absent.")] = None,
    accuracy: Annotated[float | None, typer.Option(help="As published, 0 to 1.")] = None,
    maae: Annotated[float | None, typer.Option(help=r"Mean absolute angular error \[deg].")] = None,
    decimals: Annotated[int, typer.Option(help="Digits that the rates were rounded to.")] = 3,
    tried: Annotated[int, typer.Option(help="Models or thresholds that were tried.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say which tables of counts can stand behind published rates, and what they would prove."""
    from seismomag.cli import audit_commands

    raise typer.Exit(
        audit_commands.claims(
            n=n,
            recall=recall,
            precision=precision,
            accuracy=accuracy,
            maae_deg=maae,
            decimals=decimals,
            n_tried=tried,
            as_json=json,
        )
    )


@app.command(epilog="Example: seismomag report configs/demo.toml")
def report(config: Config, run: Folder = None) -> None:
    """Write the page of a run."""
    _perform(config, run, "report")


@app.command(epilog="Example: seismomag run configs/indonesia.toml --run runs/indonesia")
def run(config: Config, run: Folder = None) -> None:
    """Go from raw files to an audited report; go on where an earlier start stopped."""
    from seismomag.cli.running import run_all

    raise typer.Exit(run_all(config, run))


@app.command(epilog="Example: seismomag demo --small")
def demo(
    run: Folder = None,
    seed: Annotated[int | None, typer.Option(help="Another invented world.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help="A minute instead of minutes; too short to judge.")
    ] = False,
    open_page: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page; asked by default.")
    ] = None,
) -> None:
    """Simulate a network twice, with and without a precursor; train, audit, report."""
    from seismomag.cli.running import run_demo

    raise typer.Exit(run_demo(run, seed=seed, is_small=small, open_page=open_page))


@app.command(epilog="Example: seismomag doctor")
def doctor() -> None:
    """Say whether this machine has what seismomag needs."""
    from seismomag.cli.doctor import examine

    raise typer.Exit(examine())


@app.command(
    epilog="Example: seismomag leaks train.csv validation.csv --map leak_map.toml --page leaks.html"
)
def leaks(
    tables: Annotated[
        list[Path],
        typer.Argument(help="TRAIN [VALIDATION [TEST]]: CSV, also packed (gz, xz, zip)."),
    ],
    store: Annotated[
        Path | None, typer.Option(help="Store of the tensors behind the rows.")
    ] = None,
    map_path: Annotated[
        Path | None, typer.Option("--map", help="TOML that names columns, window and horizon.")
    ] = None,
    catalogue: Annotated[
        list[Path] | None, typer.Option(help="Lists of earthquakes that give labels again.")
    ] = None,
    stations: Annotated[Path | None, typer.Option(help="CSV of the stations.")] = None,
    rule: Annotated[Path | None, typer.Option(help=r"TOML with a table \[labels].")] = None,
    page: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("leaks.html"),
) -> None:
    """Check anybody's tables of labelled station-days for leaks."""
    from seismomag.cli.leak_commands import check_tables
    from seismomag.experiment.leak_catalogue import CatalogueFiles

    files = CatalogueFiles(catalogue=tuple(catalogue or ()), stations=stations, rule=rule)
    raise typer.Exit(check_tables(tables, store=store, map_path=map_path, files=files, page=page))


@weights.command(
    "convert", epilog="Example: seismomag weights convert efficientnet_b1.pth b1.safetensors"
)
def weights_convert(
    path: Annotated[Path, typer.Argument(help="State dict of an EfficientNet-B1.")],
    out: Annotated[Path, typer.Argument(help="Our safetensors file.")],
) -> None:
    """Turn downloaded weights of torchvision's or timm's layout into ours."""
    from seismomag.cli.model_commands import convert_weights

    raise typer.Exit(convert_weights(path, out))


@labels.command("explain", epilog="Example: seismomag labels explain configs/indonesia.toml")
def labels_explain(config: Config) -> None:
    """Print base rates, completeness, unknown labels, splits and matched controls of a rule."""
    from seismomag.cli.label_commands import explain

    raise typer.Exit(explain(config))


def _perform(config: Path, run: Path | None, *steps: str) -> None:
    from seismomag.cli.running import perform

    raise typer.Exit(perform(config, run, steps))
