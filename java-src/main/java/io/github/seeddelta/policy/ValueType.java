package io.github.seeddelta.policy;

/// How residual values are stored (SPEC §2): `f16`, or `i8` with a scale.
public enum ValueType implements JsonNamed {
    F16("f16"),
    I8("i8");

    private final String jsonName;

    ValueType(String jsonName) {
        this.jsonName = jsonName;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }
}
