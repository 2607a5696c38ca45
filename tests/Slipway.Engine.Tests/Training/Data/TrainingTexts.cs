using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Tests.ChatTemplates;
using Slipway.Engine.Tests.Tokenizers.Training;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

/// <summary>A tokenizer, templates and encoders for tests of training data.</summary>
internal static class TrainingTexts
{
    /// <summary>ChatML that writes every turn the same wherever it stands.</summary>
    public const string ChatMl =
        "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}"
        + "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
        + "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}";

    public static Tokenizer Tokenizer { get; } = BytePairTrainerTests.Train(
        ["the user and the assistant answer questions \n\n\n in turn, system user assistant"], new() { VocabularySize = 320 });

    public static ChatTemplate Qwen3()
    {
        var configuration = JsonNode.Parse(File.ReadAllText(TemplateFiles.Reference("tokenizer_config.json")))!;
        return ChatTemplate.Parse(configuration["chat_template"]!.GetValue<string>());
    }

    public static ExampleEncoder Encoder(int cutoff = 4096, bool trainOnPrompt = false, ChatTemplate? template = null) =>
        new(Tokenizer, template ?? ChatTemplate.Parse(ChatMl), TrainingStage.SupervisedFineTuning, cutoff, trainOnPrompt);

    public static ExampleEncoder TextEncoder(int cutoff) => new(Tokenizer, null, TrainingStage.Pretraining, cutoff, trainOnPrompt: false);

    public static EncodedExample[] Encode(this ExampleEncoder encoder, string json) =>
        [.. encoder.Encode(ExampleParser.Parse(json, encoder.Stage))];

    public static string Text(this EncodedExample example) => Tokenizer.Decode(example.Tokens);

    /// <summary>The learned runs of an example.</summary>
    public static string[] LearnedTexts(this EncodedExample example)
    {
        List<string> texts = [];
        for (int start = 0, end; start < example.Tokens.Length; start = end + 1)
        {
            end = start;
            while (end < example.Tokens.Length && example.Learned[end])
            {
                end++;
            }

            if (end > start)
            {
                texts.Add(Tokenizer.Decode(example.Tokens.AsSpan(start, end - start)));
            }
        }

        return [.. texts];
    }
}
