"""How the runtime's delegate cuts a network up."""

from ai_edge_litert.interpreter import Interpreter


def partitions(model: bytes) -> int:
    """The number of pieces XNNPACK runs; operators left outside are counted as pieces of their own.

    Args:
        model: a TFLite file.
    """
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    operators = interpreter._get_ops_details()  # noqa: SLF001 - the runtime has no public way to ask
    delegated = [item for item in operators if item["op_name"] == "DELEGATE"]
    read = {int(index) for item in delegated for index in item["inputs"]}
    made = {int(index) for item in delegated for index in item["outputs"]}
    inputs = {int(item["index"]) for item in interpreter.get_input_details()}
    outputs = {int(item["index"]) for item in interpreter.get_output_details()}
    return len(delegated) + (not inputs <= read) + (not outputs <= made)
