package io.github.seeddelta.eval.result;

import java.util.Optional;

/// What upstream's own tool printed beside what we would print, digit for digit.
///
/// @param modelPplPrinted empty when upstream cannot read the model
public record Reference(
        String basePplPrinted, Optional<String> modelPplPrinted, String oursBasePrinted, String oursModelPrinted) {
    public boolean equal() {
        return basePplPrinted.equals(oursBasePrinted)
                && modelPplPrinted.map(oursModelPrinted::equals).orElse(true);
    }
}
