# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The sum of a row.
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        sums = [triton.get_input_tensor_by_name(request, "in").as_numpy().sum(1, keepdims=True) for request in requests]
        return [triton.InferenceResponse([triton.Tensor("out", values)]) for values in sums]
