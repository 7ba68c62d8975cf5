# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A row's first value less its second, as [rows].
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        rows = [triton.get_input_tensor_by_name(request, "in").as_numpy().astype("f8") for request in requests]
        return [triton.InferenceResponse([triton.Tensor("out", r[:, 0] - r[:, 1])]) for r in rows]
