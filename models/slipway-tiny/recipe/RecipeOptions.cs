using System.Globalization;

namespace Slipway.Recipe;

/// <summary>What the command line asks for. Shares are relative to one another.</summary>
internal sealed record RecipeOptions
{
    public const string Usage = """
        Usage: dotnet run -c Release --project models/slipway-tiny/recipe -- OUT_FOLDER [options]
        Writes train.jsonl, validation.jsonl and heldout.jsonl.
          --seed N               Decides everything that is drawn. Default 7.
          --lines N              Lines of training. Default 150000.
          --world FOLDER         What the model is to know. Default: the world folder beside the recipe.
          --conversations N      Lines in a hundred that are conversations of several turns. Default 20.
        Shares of the questions, relative to one another:
          --facts N              Default 580.
          --outside N            Default 140.
          --addition N           Default 130.
          --subtraction N        Default 130.
          --word-problems N      Default 70.
          --other-arithmetic N   For each of 28 parts. Default 7.
        """;

    public required string Output { get; init; }

    public string? World { get; init; }

    public int Seed { get; init; } = 7;

    public int Lines { get; init; } = 150_000;

    public int Conversations { get; init; } = 20;

    public int Facts { get; init; } = 580;

    public int Outside { get; init; } = 140;

    public int Addition { get; init; } = 130;

    public int Subtraction { get; init; } = 130;

    public int WordProblems { get; init; } = 70;

    public int OtherArithmetic { get; init; } = 7;

    public static RecipeOptions Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count % 2 != 1 || arguments[0].StartsWith('-'))
        {
            throw new RecipeException(Usage);
        }
        var options = new RecipeOptions { Output = arguments[0] };
        for (var i = 1; i < arguments.Count; i += 2)
        {
            options = options.With(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private RecipeOptions With(string name, string value) => name switch
    {
        "--world" => this with { World = value },
        "--seed" => this with { Seed = Number(name, value) },
        "--lines" => this with { Lines = Number(name, value) },
        "--conversations" => this with { Conversations = Number(name, value) },
        "--facts" => this with { Facts = Number(name, value) },
        "--outside" => this with { Outside = Number(name, value) },
        "--addition" => this with { Addition = Number(name, value) },
        "--subtraction" => this with { Subtraction = Number(name, value) },
        "--word-problems" => this with { WordProblems = Number(name, value) },
        "--other-arithmetic" => this with { OtherArithmetic = Number(name, value) },
        _ => throw new RecipeException($"'{name}' is no option.\n{Usage}"),
    };

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 10_000_000
            ? number
            : throw new RecipeException($"{name} is '{value}'; accepted are whole numbers from 0 to 10000000.");
}
