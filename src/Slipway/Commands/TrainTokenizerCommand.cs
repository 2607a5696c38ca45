using System.CommandLine;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Tokenizers.Training;
using Slipway.Terminal;
using Slipway.Training;

namespace Slipway.Commands;

/// <summary><c>slipway train tokenizer</c>: learns a vocabulary from texts.</summary>
internal static class TrainTokenizerCommand
{
    private static readonly BytePairTrainingOptions Defaults = new();
    private static readonly Option<string> Out = new("--out", "-o") { Description = "The folder to write tokenizer.json and tokenizer_config.json into.", Required = true, HelpName = "FOLDER" };
    private static readonly Option<int> VocabularySize = new Option<int>("--vocab-size") { Description = "Tokens in all, the 256 bytes and the special ones included.", DefaultValueFactory = _ => Defaults.VocabularySize, HelpName = "N" }
        .Between(256 + Defaults.SpecialTokens.Count, 1_000_000);

    private static readonly Option<string?> Template = new("--chat-template") { Description = "A chat template (Jinja) to put into tokenizer_config.json.", HelpName = "FILE" };
    private static readonly Argument<string[]> Files = new("FILE") { Description = "Plain texts, or .jsonl with texts, instructions or conversations.", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command(
            "tokenizer", """
            Learn a byte-level BPE vocabulary from texts.

              slipway train tokenizer --out tokenizer --vocab-size 8192 book.txt questions.jsonl

            A training file then names it: tokenizer: tokenizer/tokenizer.json
            """) { Out, VocabularySize, Template, Files };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var template = arguments.GetValue(Template) is { } path ? await File.ReadAllTextAsync(path, cancellationToken) : null;
        if (template is not null)
        {
            _ = ChatTemplate.Parse(template); // A template that cannot be used is told before the work begins.
        }
        var files = arguments.GetRequiredValue(Files);
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
        {
            throw new CommandException($"There is no file '{missing}'.");
        }
        var options = Defaults with { VocabularySize = arguments.GetValue(VocabularySize) };
        var tokenizer = await ProgressBar.RunAsync("merges", progress => Train(files, options, progress, cancellationToken), cancellationToken);
        Write(arguments.GetRequiredValue(Out), tokenizer, template);
        if (tokenizer.VocabularySize < options.VocabularySize)
        {
            Console.Out.WriteLine($"{tokenizer.VocabularySize} tokens instead of {options.VocabularySize}: the texts repeat nothing more often enough.");
        }
        return CommandLine.Success;
    }

    private static Tokenizer Train(
        string[] files, BytePairTrainingOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return BytePairTrainer.Train(CorpusTexts.Read(files), options, progress, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new CommandException(exception.Message); // More distinct words than are held in memory.
        }
    }

    private static void Write(string folder, Tokenizer tokenizer, string? template)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllBytes(path, TokenizerWriter.WriteTokenizerJson(tokenizer));
        File.WriteAllBytes(Path.Combine(folder, "tokenizer_config.json"), TokenizerWriter.WriteTokenizerConfig(tokenizer, template));
        Console.Out.WriteLine($"written: {path}, {tokenizer.VocabularySize} tokens");
    }
}
