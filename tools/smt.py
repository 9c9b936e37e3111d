"""Decides halmos' queries: products and divisions over the integers first, the rest as bit vectors with yices.

halmos hands over one SMT-LIB file a path. Multiplications and divisions of 256 and 512 bits in it are beyond what
bit-blasting finishes; `integers.decide` proves them in seconds or says nothing. Whatever it does not answer is left to
yices, which reads the file as it is.

    smt.py [SECONDS] FILE
"""

import pathlib
import shutil
import subprocess
import sys

ARITHMETIC = ("bvmul", "bvudiv", "bvurem", "bvsdiv")


def over_integers(path: str, seconds: int) -> str:
    """The answer of the integers, or nothing; loaded only when it is asked."""
    import integers

    return integers.decide(path, seconds * 1000)


def main() -> None:
    path = sys.argv[-1]
    seconds = int(sys.argv[1]) if len(sys.argv) > 2 else 20
    text = pathlib.Path(path).read_text()
    answer = over_integers(path, seconds) if any(op in text for op in ARITHMETIC) else ""
    # A query with unknown operations has models that mean nothing; halmos knows them by the operations in yices' answer.
    if answer == "unsat" or (answer and "(declare-fun f_evm_" not in text):
        print(answer)
        return
    yices = shutil.which("yices-smt2") or pathlib.Path(sys.executable).parent / "yices-smt2"
    sys.exit(subprocess.run([yices, "--smt2-model-format", "--bvconst-in-decimal", path]).returncode)


if __name__ == "__main__":
    main()
