"""Solves integer programs with HiGHS: one request and one answer a line, as JSON.

A request is a program in whole numbers: minimise cost * x, where 0 <= x <= upper, and each row,
given by starts, indices and values, is at most its limit. It says whether x must be whole, and
for how many seconds to search. The answer has the proven bound, and x where it is not 0.
"""

import importlib.metadata
import json
import math
import os
import sys

# What the solver itself prints goes to the errors.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def finite(value):
    return value if math.isfinite(value) else None


def answer(value):
    print(json.dumps(value), file=answers, flush=True)


try:
    import highspy
except ImportError as error:
    answer({"missing": str(error)})
    sys.exit(0)


def solve(request):
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-6)
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        highs.setOptionValue(name, 1e-6)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-6)
    if request["seconds"] is not None:
        highs.setOptionValue("time_limit", float(request["seconds"]))
    columns, rows = len(request["cost"]), len(request["limit"])
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns, rows
    program.col_cost_ = request["cost"]
    program.col_lower_ = [0] * columns
    program.col_upper_ = request["upper"]
    program.row_lower_ = [-highspy.kHighsInf] * rows
    program.row_upper_ = request["limit"]
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.num_col_, program.a_matrix_.num_row_ = columns, rows
    program.a_matrix_.start_ = request["starts"]
    program.a_matrix_.index_ = request["indices"]
    program.a_matrix_.value_ = request["values"]
    if request["whole"]:
        program.integrality_ = [highspy.HighsVarType.kInteger] * columns
    if highs.passModel(program) == highspy.HighsStatus.kError:
        return {"error": "HiGHS refuses the program"}
    highs.run()
    info, status = highs.getInfo(), highs.getModelStatus()
    bound = info.mip_dual_bound if request["whole"] else info.objective_function_value
    values = enumerate(highs.getSolution().col_value)
    taken = [[at, round(value)] for at, value in values if value > 0.5]
    return {
        "optimal": status == highspy.HighsModelStatus.kOptimal,
        "status": highs.modelStatusToString(status),
        "bound": finite(bound),
        "taken": taken if request["whole"] else [],
    }


answer({"version": importlib.metadata.version("highspy")})
for line in sys.stdin:
    answer(solve(json.loads(line)))
