using Slipway.Training;

namespace Slipway.Server.Tests.Training;

/// <summary>A folder with a training file and the files that it names.</summary>
internal sealed class TrainingFolder : IDisposable
{
    /// <summary>The least that a file must say.</summary>
    public const string Least = """
        model_name_or_path: base.gguf
        dataset: questions.jsonl
        output_dir: out

        """;

    public TrainingFolder()
    {
        Write("base.gguf", "");
        Write("questions.jsonl", "");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-training-").FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content)
    {
        var path = In(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public TrainingFile Read(string yaml, params string[] overrides) => TrainingFile.Read(Write("run.yaml", yaml), overrides, resumes: false);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
