namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>The lines below <c>***** Running training *****</c>: <c>  Total optimization steps = 1,375</c>.</summary>
internal static class HeaderLine
{
    /// <summary>The facts with what the line adds; the same object when it adds nothing.</summary>
    public static RunFacts Read(ReadOnlySpan<byte> line, RunFacts facts)
    {
        var equals = line.LastIndexOf(" = "u8);
        if (equals < 0)
        {
            return facts;
        }
        var value = line[(equals + 3)..].TrimEnd(" \r\t"u8);
        var name = line[..equals];
        return name switch
        {
            _ when name.EndsWith("Total optimization steps"u8) => facts with { TotalSteps = Figures.Count(value) ?? facts.TotalSteps },
            _ when name.EndsWith("Num examples"u8) => facts with { Examples = Figures.Count(value) ?? facts.Examples },
            _ when name.EndsWith("Num Epochs"u8) => facts with { Epochs = Figures.Count(value) ?? facts.Epochs },
            _ when name.EndsWith("Number of trainable parameters"u8) => facts with { TrainableParameters = Figures.Count(value) ?? facts.TrainableParameters },
            _ when name.IndexOf("Total train batch size"u8) >= 0 => facts with { BatchSize = Figures.Count(value) ?? facts.BatchSize },
            _ => facts,
        };
    }
}
