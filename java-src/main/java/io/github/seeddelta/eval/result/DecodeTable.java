package io.github.seeddelta.eval.result;

import java.util.ArrayList;
import java.util.List;

/// Whole-model speed of base and model as rows, for JSON and for a person.
public final class DecodeTable {
    /// @param name        file name
    /// @param test        `pp256`: a prompt of 256 tokens; `tg32`: 32 tokens one by one
    /// @param tokS        tokens per second, the median
    /// @param spread      (max − min) / median
    /// @param ratioToBase model / base, formed round by round; 1 for the base
    public record Row(
            String name,
            String test,
            int tokens,
            int rounds,
            double tokS,
            double min,
            double max,
            double spread,
            double ratioToBase,
            double ratioMin,
            double ratioMax) {}

    private DecodeTable() {}

    public static List<Row> rows(Speed speed, String base, String model, int promptTokens, int tokens) {
        List<Row> rows = new ArrayList<>();
        Speed.Spread one = new Speed.Spread(1, 1, 1);
        int rounds = speed.base().size();
        String prompt = "pp" + promptTokens;
        String generation = "tg" + tokens;
        rows.add(row(base, prompt, promptTokens, rounds, speed.prompt(Side.BASE), one));
        rows.add(row(model, prompt, promptTokens, rounds, speed.prompt(Side.MODEL), speed.promptRatio()));
        rows.add(row(base, generation, tokens, rounds, speed.generation(Side.BASE), one));
        rows.add(row(model, generation, tokens, rounds, speed.generation(Side.MODEL), speed.generationRatio()));
        return rows;
    }

    private static Row row(String name, String test, int tokens, int rounds, Speed.Spread s, Speed.Spread ratio) {
        double spread = (s.max() - s.min()) / s.median();
        return new Row(
                name,
                test,
                tokens,
                rounds,
                s.median(),
                s.min(),
                s.max(),
                spread,
                ratio.median(),
                ratio.min(),
                ratio.max());
    }

    public static String render(List<Row> rows) {
        TextTable table = new TextTable("model", "test", "tok/s", "÷ base");
        for (Row row : rows) {
            table.row(
                    row.name(),
                    row.test(),
                    Format.speed(new Speed.Spread(row.tokS(), row.min(), row.max())),
                    Format.ratio(new Speed.Spread(row.ratioToBase(), row.ratioMin(), row.ratioMax())));
        }
        return table.render();
    }
}
