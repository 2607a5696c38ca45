using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.BaseModels;
using Slipway.Engine.Training.Export;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Export;

/// <summary>A <see cref="TestModel"/> opened as a base model, its parameters read: what a trainer holds before its first step.</summary>
internal sealed class OpenedTestModel : IDisposable
{
    private readonly TemporaryFile _file = new();

    /// <param name="model">Of the qwen3 family.</param>
    /// <param name="spareRows">Rows of the embedding (and output) beyond the tokenizer's tokens, filled with 9.</param>
    public OpenedTestModel(TestModel model, int spareRows = 0)
    {
        model.Write(_file.Path);
        Base = BaseModel.Open(_file.Path);
        Parameters = [.. model.Tensors.Select(tensor => Read(tensor.Key, tensor.Value, spareRows))];
        Export = new ModelExport(Base.Shape, Base.Tokenizer, Base.ChatTemplate, "exported", Parameters);
    }

    public BaseModel Base { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public ModelExport Export { get; }

    public static unsafe float[] Values(Parameter parameter) => new ReadOnlySpan<float>(parameter.Value, (int)parameter.Length).ToArray();

    /// <summary>A parameter of the same name and size, to read into.</summary>
    public static Parameter Like(Parameter parameter) => new(parameter.Name, parameter.Rows, parameter.Columns, parameter.IsVector);

    public void Dispose()
    {
        foreach (var parameter in Parameters)
        {
            parameter.Dispose();
        }
        Base.Dispose();
        _file.Dispose();
    }

    private unsafe Parameter Read(string name, TestTensor tensor, int spareRows)
    {
        var isVector = tensor.Dimensions.Length == 1;
        var (rows, columns) = isVector ? (1, (int)tensor.Dimensions[0]) : ((int)tensor.Dimensions[1], (int)tensor.Dimensions[0]);
        var parameter = new Parameter(name, rows, columns, isVector);
        Base.Read(parameter);
        if (spareRows == 0 || name is not ("token_embd.weight" or "output.weight"))
        {
            return parameter;
        }
        var larger = new Parameter(name, rows + spareRows, columns, isVector);
        new Span<float>(larger.Value, (int)larger.Length).Fill(9);
        Values(parameter).CopyTo(new Span<float>(larger.Value, (int)parameter.Length));
        parameter.Dispose();
        return larger;
    }
}
