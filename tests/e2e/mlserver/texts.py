# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A runtime for MLServer: texts in, and out a text, its length, and numbers of each type that has contents of its own.
import numpy
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceResponse


class Texts(MLModel):
    async def predict(self, payload):
        texts = StringCodec.decode_input(payload.inputs[0])
        lengths = numpy.array([len(text) for text in texts])
        outputs = [
            StringCodec.encode_output("upper", [text.upper() for text in texts]),
            NumpyCodec.encode_output("length", lengths.astype("i8")),
            NumpyCodec.encode_output("less", (-lengths).astype("i1").reshape(-1, 1)),
            NumpyCodec.encode_output("natural", lengths.astype("u4")),
            NumpyCodec.encode_output("exact", (lengths / 3).astype("f8")),
            NumpyCodec.encode_output("long", lengths > 3),
            NumpyCodec.encode_output("pair", numpy.stack([lengths, lengths + 1], axis=1).astype("u8")),
        ]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
