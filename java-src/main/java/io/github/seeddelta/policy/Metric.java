package io.github.seeddelta.policy;

import java.util.Optional;

/// Metrics a gate can use, each the pair (mean, p05) over samples, and what each one needs (SPEC §7).
public enum Metric implements JsonNamed {
    /// Cosine of Wx and Ŵx with x ~ N(0, diag(imatrix)).
    COS_X_W("cos_x_w", true, true, false),
    /// Cosine of Wx and Ŵx with x ~ N(0, I).
    COS_X("cos_x", true, false, false),
    /// Cosine of sampled rows of W and Ŵ, inputs weighted by the imatrix.
    COS_W("cos_w", false, true, false),
    /// Cosine of Wx and Ŵx with x taken from captured activations.
    COS_ACT("cos_act", false, false, true),
    /// √(E‖(W − Ŵ)x‖² / E‖Wx‖²) by second moments, one number for the whole tensor. The lower the better, so the gate
    /// works with 1 − err_h for both numbers of the pair.
    ERR_H("err_h", false, false, false);

    private final String jsonName;
    private final boolean needsEvalX;
    private final boolean needsImatrix;
    private final boolean needsActivations;

    Metric(String jsonName, boolean needsEvalX, boolean needsImatrix, boolean needsActivations) {
        this.jsonName = jsonName;
        this.needsEvalX = needsEvalX;
        this.needsImatrix = needsImatrix;
        this.needsActivations = needsActivations;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }

    public boolean needsEvalX() {
        return needsEvalX;
    }

    public boolean needsImatrix() {
        return needsImatrix;
    }

    public boolean needsActivations() {
        return needsActivations;
    }

    public boolean needsMoments() {
        return isError();
    }

    /// One error per tensor instead of cosines over samples.
    public boolean isError() {
        return this == ERR_H;
    }

    public static Optional<Metric> ofJsonName(String name) {
        return JsonNamed.find(values(), name);
    }
}
