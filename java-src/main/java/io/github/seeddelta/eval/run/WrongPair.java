package io.github.seeddelta.eval.run;

/// Two models that cannot be held against each other.
final class WrongPair {
    private WrongPair() {}

    static String message(String base, String model) {
        return model + ": its vocabulary or tokenizer is not that of " + base
                + "; only models that cut a text into the same tokens can be compared";
    }
}
