namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>What a run shall do.</summary>
/// <param name="Executor">Where it runs.</param>
/// <param name="Container">For docker: which of the containers.</param>
/// <param name="Mode">How its process behaves; <c>absent</c> has no program to start, and the builtin trainer has none of these.</param>
/// <param name="Lines">How many it prints.</param>
/// <param name="Code">With what it ends.</param>
internal sealed record RunPlan(string Executor, string? Container, string Mode, int Lines, int Code)
{
    private static readonly string[] Modes = ["quick", "slow", "slow", "forking", "polite", "stubborn"];
    private static readonly int[] Codes = [0, 0, 1, 42, 137];

    /// <summary>The parameter that tells the process, and whoever looks at the run.</summary>
    public const string Parameter = "plan";

    public static RunPlan Of(Random random, string executor)
    {
        var container = executor == "docker" ? (random.Next(2) == 0 ? "apart" : "shared") : null;
        if (executor == "builtin")
        {
            return new RunPlan(executor, null, "builtin", 0, 0);
        }
        var isAbsent = executor is "local" && random.Next(8) == 0;
        var mode = isAbsent ? "absent" : Modes[random.Next(Modes.Length)];
        var lines = mode == "quick" ? random.Next(1, 21) * 1000 : random.Next(1, 60);
        return new RunPlan(executor, container, mode, lines, Codes[random.Next(Codes.Length)]);
    }

    public object Request()
    {
        var parameters = new Dictionary<string, string>();
        if (Mode != "builtin")
        {
            parameters[Parameter] = $"{Mode},{Lines},{Code}";
        }
        if (Container is not null)
        {
            parameters["container"] = Container;
        }
        var env = Mode == "absent" ? new Dictionary<string, string> { ["PATH"] = "/nowhere" } : [];
        return new { executor = Executor, parameters, env, gpus = 0 };
    }
}
