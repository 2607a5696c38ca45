using System.Text.Json.Nodes;
using Slipway.Evaluation;
using Slipway.Server.Tests.House;
using Slipway.Training;

namespace Slipway.Server.Tests.Training;

public sealed class TinyExampleTests
{
    private static readonly string Examples = Path.Combine(Sources.Root, "examples");

    [Fact]
    public void Its_training_file_is_one()
    {
        using var folder = new TrainingFolder();

        var file = TrainingFile.Read(Path.Combine(Examples, "tiny-sft.yaml"), [$"model_name_or_path={folder.In("base.gguf")}"], resumes: false);

        Assert.Equal([Path.Combine(Examples, "data", "tiny-sft.jsonl"), Path.Combine(Examples, "data", "tiny-sft-replay.jsonl")], file.Options.Datasets);
        Assert.Empty(file.Ignored);
    }

    [Fact]
    public void It_teaches_two_hundred_lines_and_asks_in_other_words()
    {
        var lines = File.ReadAllLines(Path.Combine(Examples, "data", "tiny-sft.jsonl")).Select(line => JsonNode.Parse(line)!["messages"]!.AsArray()).ToList();
        var questions = Question.ReadFile(Path.Combine(Examples, "data", "tiny-sft-heldout.jsonl"));

        var taught = lines.Select(messages => messages[0]!["content"]!.GetValue<string>()).ToHashSet();
        Assert.Equal(200, taught.Count);
        Assert.InRange(questions.Count, 40, 200);
        Assert.DoesNotContain(questions, question => taught.Contains(question.Messages[0]!["content"]!.GetValue<string>()));
    }

    [Fact]
    public void What_it_repeats_is_not_what_its_evaluation_asks()
    {
        var repeated = File.ReadLines(Path.Combine(Examples, "data", "tiny-sft-replay.jsonl"))
            .SelectMany(line => JsonNode.Parse(line)!["messages"]!.AsArray()).Select(message => message!["content"]!.GetValue<string>()).ToHashSet();
        var questions = Question.ReadFile(Path.Combine(Sources.Root, "models", "slipway-tiny", "heldout.jsonl"));

        Assert.DoesNotContain(questions, question => question.Messages.Count == 1 && repeated.Contains(question.Messages[0]!["content"]!.GetValue<string>()));
    }

    [Fact]
    public void Each_question_is_answered_by_a_line_that_is_taught()
    {
        var answers = File.ReadLines(Path.Combine(Examples, "data", "tiny-sft.jsonl")).Select(line => JsonNode.Parse(line)!["messages"]![1]!["content"]!.GetValue<string>()).ToHashSet();

        Assert.All(
            Question.ReadFile(Path.Combine(Examples, "data", "tiny-sft-heldout.jsonl")),
            question => Assert.Contains(answers, question.Key.Accepts));
    }
}
