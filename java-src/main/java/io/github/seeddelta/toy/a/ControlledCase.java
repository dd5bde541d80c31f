package io.github.seeddelta.toy.a;

/// One weight whose truth is known, and how it is to be encoded.
///
/// @param family A1 to A5
/// @param layer of the model that holds it, as `ffn_up`
/// @param w nOut × nIn, row after row
/// @param ideal Ŵ as it would be without rounding
/// @param dropped ‖W − Ŵ‖ / ‖W‖ without rounding, from the formula of the family (docs/CONTROLLED.md), not from `ideal`
/// @param cos mean over the rows of the cosine of W and Ŵ without rounding
/// @param rounding most that rounded values of base and residual add to it, as a share of ‖W‖
record ControlledCase(
        String family,
        String about,
        int layer,
        int nIn,
        int nOut,
        Setting setting,
        float[] w,
        double[] ideal,
        double dropped,
        double cos,
        double rounding) {

    /// Half a unit in the last place of f16, relative.
    static final double F16 = 0x1p-11;

    static String weightOf(int layer) {
        return "blk." + layer + ".ffn_up";
    }

    String weight() {
        return weightOf(layer);
    }

    String id() {
        return family + "-" + nIn + "x" + nOut + "-" + layer;
    }

    /// What rounding the row scales adds; they are stored as f16.
    double scaleRounding() {
        return setting.rowScale() ? F16 : 0;
    }

    /// How far rounding the kept values moves `dropped`, relative: a base of signs stays where it is while the value
    /// beside it is rounded, and the row scale follows the value.
    double shift() {
        return setting.base().equals("prng_block") ? F16 : 0;
    }

    /// Every value of W is stored as it is.
    boolean isExact() {
        return dropped == 0 && rounding == 0 && !setting.rowScale();
    }
}
