"""Ways to run what a stranger wrote do not stand in the source (figure S8)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("src", "scripts", "examples") for path in (ROOT / folder).rglob("*.py")
)
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "telnetlib", "joblib"}
NAMES = {"eval", "exec", "compile"}
METHODS = {
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("os", "system"),
    ("os", "popen"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
    ("ssl", "_create_unverified_context"),
    ("pd", "read_pickle"),
    ("pandas", "read_pickle"),
    ("tempfile", "mktemp"),
}
KEYWORDS = {
    ("shell", True),
    ("weights_only", False),
    ("allow_pickle", True),
    ("verify", False),
    ("check_hostname", False),
    ("known_hosts", None),
}
ATTRIBUTES = {"AutoAddPolicy", "WarningPolicy", "CERT_NONE", "to_pickle"}


def offences(source: str) -> list[str]:
    """What stands in a source and must not."""
    found = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        found += _imports(node, tree) + _calls(node)
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            found += [name] if name in ATTRIBUTES else []
    return found


def _imports(node: ast.AST, tree: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        names = [a.name for a in node.names if a.asname or not _is_caught_only(a.name, tree)]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    else:
        return []
    return [name for name in names if name.partition(".")[0] in MODULES]


def _is_caught_only(module: str, tree: ast.AST) -> bool:
    """Whether a module is there for the names of its errors, which another one raises."""
    nodes = list(ast.walk(tree))
    uses = sum(isinstance(n, ast.Name) and n.id == module for n in nodes)
    errors = [
        n
        for n in nodes
        if isinstance(n, ast.Attribute)
        and isinstance(n.value, ast.Name)
        and n.value.id == module
        and n.attr.endswith("Error")
    ]
    return 0 < uses == len(errors)


def _calls(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    found = []
    function = node.func
    if isinstance(function, ast.Name) and function.id in NAMES:
        found.append(function.id)
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        pair = (function.value.id, function.attr)
        found += [".".join(pair)] if pair in METHODS else []
        is_torch = pair == ("torch", "load")
        found += ["torch.load"] if is_torch and not _is_weights_only(node) else []
    for keyword in node.keywords:
        value = keyword.value
        is_constant = isinstance(value, ast.Constant)
        if is_constant and any(keyword.arg == k and value.value is v for k, v in KEYWORDS):
            found.append(f"{keyword.arg}={value.value}")
    return found


def _is_weights_only(node: ast.Call) -> bool:
    return any(
        k.arg == "weights_only" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_way_to_run_what_a_stranger_wrote(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle\ntry:\n  pickle.loads(x)\nexcept pickle.UnpicklingError:\n  pass",
        "import pickle as p\np.loads(x)",
        "import pickle\np = pickle\np.PickleError",
        "from pickle import loads",
        "import torch\ntorch.load('x')",
        "torch.load('x', weights_only=False)",
        "yaml.load(x)",
        "eval('1')",
        "subprocess.run('ls', shell=True)",
        "np.load('x', allow_pickle=True)",
        "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())",
        "asyncssh.connect('x', known_hosts=None)",
        "httpx.get('x', verify=False)",
        "context.verify_mode = ssl.CERT_NONE",
    ],
)
def test_each_of_them_would_be_found(source: str) -> None:
    assert offences(source)


def test_the_safe_forms_pass() -> None:
    assert offences("torch.load('x', weights_only=True)\nnp.load('x', allow_pickle=False)") == []
