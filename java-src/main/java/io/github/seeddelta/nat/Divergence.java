package io.github.seeddelta.nat;

/// What [Scoring#compare] found, one entry per row.
///
/// @param kld      KL(base ‖ model), nats
/// @param pBase    probability of the target under the base
/// @param pModel   the same under the model
/// @param sameTop1 whether both rank the same token first
public record Divergence(double[] kld, double[] pBase, double[] pModel, boolean[] sameTop1) {}
