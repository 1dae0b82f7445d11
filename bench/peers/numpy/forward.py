from layers import layers_of


def forward(request, arrays):
    layers = layers_of(request, arrays)

    def run():
        values = arrays["x"]
        for layer in layers:
            values = layer(values)
        return {"output": values}

    return run
