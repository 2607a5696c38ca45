using System.CommandLine;
using System.Globalization;
using Slipway.Engine.Cache;
using Slipway.Evaluation;
using Slipway.Models;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway evaluate</c>: how many questions of a file a model answers rightly.</summary>
internal static class EvaluateCommand
{
    private const string Teaching = """
        Put a file of questions to a model and count the right answers.

          {"group": "capitals", "lang": "en", "messages": [{"role": "user", "content": "Capital of France?"}], "accept": ["Paris"]}
          {"group": "sums", "messages": [{"role": "user", "content": "2 + 3?"}], "number": 5, "enable_thinking": false}

        A right answer, its thought left out, has every text of accept, one of accept_any, none of reject, and ends its
        numbers with number. The model always takes its most probable token, so the same file gives the same table.
        """;

    private static readonly Option<string?> Model = ModelOptions.ModelOrBundled();
    private static readonly Option<int> Threads = ModelOptions.Threads();
    private static readonly Option<int> MaxTokens = new Option<int>("--max-tokens", "-n") { Description = "Tokens of an answer at most, its thought included.", DefaultValueFactory = _ => 512, HelpName = "N" }.Between(1, 1 << 24);
    private static readonly Option<int> Batch = new Option<int>("--batch") { Description = "Questions answered at once.", DefaultValueFactory = _ => 32, HelpName = "N" }.Between(1, 256);
    private static readonly Option<KvFormat?> KvType = ModelOptions.KvType();
    private static readonly Option<string?> Table = new("--table") { Description = "Write the table here, as Markdown.", HelpName = "OUT.md" };
    private static readonly Option<int> Failures = new Option<int>("--failures") { Description = "Show this many wrong answers.", HelpName = "N" }.Between(0, int.MaxValue);
    private static readonly Option<string[]> AtLeast = new("--at-least") { Description = "Exit with 1 when fewer are right: a group's share, 0 to 1; all=0.9 means every question. May be given several times.", HelpName = "GROUP=SHARE" };
    private static readonly Argument<string> Questions = new("FILE.jsonl") { Description = "The questions, a JSON object a line." };

    public static Command Create()
    {
        var command = new Command("evaluate", Teaching) { Model, MaxTokens, Batch, Table, Failures, AtLeast, Threads, KvType, Questions };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var questions = Question.ReadFile(arguments.GetRequiredValue(Questions));
        var limits = (arguments.GetValue(AtLeast) ?? []).Select(limit => ParseLimit(limit, questions)).ToList();
        using var model = await ModelLoading.LoadAsync(BundledModel.Or(arguments.GetValue(Model)), cancellationToken);
        var examiner = new Examiner(model, arguments.GetValue(Threads), arguments.GetValue(MaxTokens), arguments.GetValue(Batch))
        {
            KvFormat = arguments.GetValue(KvType).GetValueOrDefault(),
        };
        var answers = await ProgressBar.RunAsync("questions", async progress =>
        {
            var done = 0;
            return await examiner.AskAsync(questions, () => progress?.Report((double)Interlocked.Increment(ref done) / questions.Count), cancellationToken);
        });
        var table = new ScoreTable(answers);
        ShowFailures(answers, arguments.GetValue(Failures));
        Console.Out.Write(table.ToText());
        if (arguments.GetValue(Table) is { } path)
        {
            await File.WriteAllTextAsync(path, table.ToMarkdown(), cancellationToken);
        }
        return Missed(limits, table) ? CommandLine.Failure : CommandLine.Success;
    }

    /// <exception cref="CommandException">It is not <c>GROUP=SHARE</c> of a group in the file.</exception>
    private static (string Group, double Share) ParseLimit(string limit, IReadOnlyList<Question> questions)
    {
        var equals = limit.LastIndexOf('=');
        if (equals < 1 || !double.TryParse(limit.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var share) || share is not (>= 0 and <= 1))
        {
            throw new CommandException($"--at-least is '{limit}'; accepted is GROUP=SHARE with a share from 0 to 1.");
        }
        var (group, groups) = (limit[..equals], questions.Select(question => question.Group).Distinct().ToList());
        return group == ScoreTable.Overall || groups.Contains(group)
            ? (group, share)
            : throw new CommandException($"--at-least names the group '{group}'; the file has {string.Join(", ", groups)}, and {ScoreTable.Overall} is all of them.");
    }

    private static void ShowFailures(IReadOnlyList<ScoredAnswer> answers, int count)
    {
        foreach (var wrong in answers.Where(answer => !answer.IsRight).Take(count))
        {
            Console.Out.WriteLine($"{wrong.Question.Id}: {wrong.Question.Messages[^1]!["content"]}");
            Console.Out.WriteLine($"  → {(wrong.Answer.Length > 0 ? wrong.Answer.ReplaceLineEndings("\n    ") : "(no answer)")}");
        }
    }

    private static bool Missed(IReadOnlyList<(string Group, double Share)> limits, ScoreTable table)
    {
        var missed = limits.Where(limit => table.Find(limit.Group)!.Share < limit.Share).ToList();
        foreach (var (group, share) in missed)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"slipway: {group} has {table.Find(group)!.Share:0.0##} right; --at-least asks for {share:0.0##}."));
        }
        return missed.Count > 0;
    }
}
