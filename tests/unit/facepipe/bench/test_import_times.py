from facepipe.bench.import_times import OF_PYTHON, PackageImports, imports_by_package

#: the form of CPython's documentation (Doc/using/cmdline.rst: -X importtime) and of Python/import.c
LINES = """\
import time: self [us] | cumulative | imported package
import time:       204 |        204 |   json.scanner
import time:      1796 |       2000 | json
import time:     10000 |      12000 |   numpy.lib
import time:      5500 |      17500 | numpy
a line of the function's own
import time:       250 |        250 | services.contract
""".splitlines()


def test_modules_are_added_up_by_package():
    assert imports_by_package(LINES, frozenset({"json"})) == [
        PackageImports("numpy", 2, 15.5),
        PackageImports(OF_PYTHON, 2, 2.0),
        PackageImports("services", 1, 0.25),
    ]


def test_what_is_no_such_line_counts_nothing():
    assert imports_by_package(["", "import time: x | y | z", "Traceback"], frozenset()) == []
